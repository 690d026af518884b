"""The browser that took a step, in a word: enough to recognise one's own, too little to follow anybody."""

from django.http import HttpRequest

# The first that is found names it; Edge and Opera call themselves Chrome, too, and Chrome calls itself Safari.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"))


def device_of(request: HttpRequest) -> str:
    """ "Firefox, Windows"; blank for what is not known."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    found = [next((name for mark, name in table if mark in agent), "") for table in (BROWSERS, SYSTEMS)]
    if not found[1] and "Linux" in agent:
        found[1] = "Linux"
    return ", ".join(word for word in found if word)
