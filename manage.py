#!/usr/bin/env python3
"""Command line of the portal; the settings module is dev unless the environment says otherwise."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "schoolops.settings.dev")
    execute_from_command_line(sys.argv)
