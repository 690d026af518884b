"""What a browser calls itself, in a few words that a person recognises; nothing is decided by it."""

# The first that matches counts: every browser also calls itself the ones below it.
_BROWSERS = [
    ("Zalo", "Zalo"),
    ("CocCoc", "coc_coc_browser"),
    ("Edge", "Edg"),
    ("Opera", "OPR/"),
    ("Samsung Internet", "SamsungBrowser"),
    ("Firefox", "Firefox"),
    ("Firefox", "FxiOS"),
    ("Chrome", "CriOS"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
]
_SYSTEMS = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("macOS", "Mac OS X"),
    ("ChromeOS", "CrOS"),
    ("Linux", "Linux"),
]


def in_words(user_agent: str) -> str:
    """ "Chrome · Android" of a User-Agent header; "" when it names neither."""
    browser = next((name for name, mark in _BROWSERS if mark in user_agent), None)
    system = next((name for name, mark in _SYSTEMS if mark in user_agent), None)
    return " · ".join(part for part in (browser, system) if part)
