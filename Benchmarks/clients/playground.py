"""Drives the playground of a real `cinnabar serve` in a headless Chromium: types, runs, pins, goes on, scrubs, takes back, constrains,
races. Prints a line a check; ends with 1 at the first that fails.

    python3 Benchmarks/clients/playground.py [PICTURES]

PICTURES is a folder for screenshots. CINNABAR is the program (default .build/release/cinnabar), CHROMIUM the browser.
"""
import json, os, re, subprocess, sys, time, urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Browser

root = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
program = os.environ.get("CINNABAR", os.path.join(root, ".build/release/cinnabar"))
port = os.environ.get("PORT", "18439")
base = f"http://127.0.0.1:{port}"
secret = "playground-key"
pictures = sys.argv[1] if len(sys.argv) > 1 else None


def check(name, condition, detail=""):
    print(("ok      " if condition else "FAILED  ") + name + (f": {detail}" if detail != "" else ""), flush=True)
    if not condition:
        raise SystemExit(1)


def ask(path, body):
    request = urllib.request.Request(base + path, json.dumps(body).encode(), {
        "authorization": f"Bearer {secret}", "content-type": "application/json"})
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def serve():
    server = subprocess.Popen([program, "serve", "--port", port, "--log-level", "warning"],
                              env={**os.environ, "CINNABAR_API_KEY": secret})
    for _ in range(300):
        try:
            urllib.request.urlopen(base + "/health")
            return server
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def picture(browser, name):
    if not pictures:
        return
    os.makedirs(pictures, exist_ok=True)
    for scheme in ["light", "dark"]:
        for device, size in [("desktop", (1360, 900)), ("phone", (390, 844))]:
            browser.size(*size)
            browser.prefer(color_scheme=scheme, reduced_motion="reduce")
            time.sleep(0.4)
            browser.picture(os.path.join(pictures, f"{name}-{scheme}-{device}.png"), whole=True)
            wide = browser.value("document.documentElement.scrollWidth - innerWidth")
            check(f"{name} fits {device}", wide <= 0, wide)
    browser.size(1360, 900)
    browser.prefer(color_scheme="light")


text = "[...document.querySelectorAll('#stage .token')].map((t) => t.textContent).join('')"
tokens = "document.querySelectorAll('#stage .token').length"
finals = "document.querySelectorAll('#stage .token.final').length"
error = "document.getElementById('error').hidden ? '' : document.getElementById('error').textContent"
finished = "/ended by the model|as long as asked for|stopped/.test(document.getElementById('status').textContent)"


def main(browser):
    browser.size(1360, 900)
    browser.call("Page.navigate", url=base + "/")
    browser.until("document.readyState === 'complete' && document.getElementById('prompt')?.value")

    browser.until(error)
    check("without a key the error and what to do are shown", "API key" in browser.value(error), browser.value(error))
    browser.click("#key-box summary")
    browser.write("#key", secret)
    browser.press("Enter")
    browser.value("document.getElementById('key').blur()")
    browser.until("document.getElementById('model').textContent === 'cinnabar'")
    check("the key is kept in this tab only", browser.value(
        f"sessionStorage.getItem('key') === '{secret}' && !Object.values(localStorage).includes('{secret}')"))
    browser.click("#key-box summary")
    complaints = [c for c in browser.complaints() if "401" not in c]
    check("the page loads without complaints", not complaints, complaints)
    picture(browser, "start")

    # A prompt, typed and run.
    prompt = "def area(width, height):\n    "
    browser.write("#prompt", prompt)
    browser.write("#max", "40")
    browser.choose("#pace", "40")
    browser.value("document.getElementById('prompt').focus()")
    browser.press("Enter", control=True)
    browser.until(f"{tokens} > 3")
    browser.until(finished)
    whole = ask("/v1/completions", {"prompt": prompt, "max_tokens": 40, "temperature": 0, "seed": 0})["choices"][0]["text"]
    check("a run shows the text that a completion gives", browser.value(text) == whole, repr(whole))
    check("all of it is final", browser.value(f"{tokens} === {finals} && {finals} > 0"), browser.value(finals))
    check("the live region says it", whole in browser.value("document.getElementById('live').textContent"))

    # Scrubbing by the keyboard.
    browser.value("document.getElementById('scrub').focus()")
    browser.press("Home")
    check("the slider's first state has nothing final", browser.value(finals) == 0)
    states = int(browser.value("document.getElementById('scrub').max"))
    counts = []
    for _ in range(states):
        browser.press("ArrowRight")
        counts.append(browser.value(finals))
    check("each state has at least the final tokens of the one before", counts == sorted(counts) and counts[-1] > 0, counts)
    check("provisional tokens and masks were seen", browser.value("""(() => { const s = document.getElementById('scrub');
        s.value = 1; s.dispatchEvent(new Event('input')); return document.querySelectorAll('#stage .decided, #stage .masked').length; })()""") > 0)
    browser.press("End")
    check("the end is the newest state", browser.value(text) == whole)

    # Keyboard in the text.
    browser.value("document.querySelector('#stage [tabindex=\"0\"]').focus()")
    browser.press("Home"), browser.press("ArrowRight"), browser.press("ArrowRight")
    check("arrow keys go from token to token", browser.value("[...document.querySelectorAll('#stage .token')].indexOf(document.activeElement)") == 2)
    browser.press("Enter")
    browser.until("document.getElementById('menu').open")
    check("Enter opens the token", "Token 3" in browser.value("document.getElementById('menu-title').textContent"))
    browser.press("Escape")
    check("Escape closes it and the focus is back", browser.value(
        "!document.getElementById('menu').open && document.activeElement.matches('#stage .token')"))

    # Take back and go on.
    browser.click("#stage .token:nth-of-type(5)")
    browser.until("document.getElementById('menu').open")
    at = int(browser.value("document.getElementById('menu-title').textContent").split()[1]) - 1
    picture(browser, "menu")
    browser.click("#menu-again")
    browser.until(f"{finals} === {at}")
    check("text is taken back to a token", not browser.value(error), browser.value(error))
    browser.click("#go")
    browser.until(finished)
    check("it is written again, the same", browser.value(text) == whole)

    # Pin a mask, then go on.
    browser.choose("#mode", "quality")
    browser.write("#max", "24")
    browser.click("#begin")
    browser.until("!document.getElementById('go').disabled")
    browser.click("#step")
    browser.until("document.querySelectorAll('#stage .masked').length > 2")
    before = browser.value(f"({finals})")
    picture(browser, "canvas")
    masked = browser.value("[...document.querySelectorAll('#stage .token')].findLastIndex((t) => t.classList.contains('masked'))")
    browser.click(f"#stage .token:nth-of-type({masked + 2})")
    browser.until("document.getElementById('menu').open")
    browser.write("#menu-text", " width")
    browser.press("Enter")
    browser.until("document.querySelectorAll('#stage .fixed').length === 1")
    check("a mask is pinned", not browser.value(error), f"position {masked}, {before} final before")
    browser.choose("#pace", "0")
    browser.click("#go")
    browser.until(finished)
    pinned = browser.value(f"[...document.querySelectorAll('#stage .token')][{masked}]?.textContent")
    check("the pin stands in the finished text", pinned == " width", repr(browser.value(text)))
    picture(browser, "pinned")

    # Replace a final token.
    browser.click("#stage .token:nth-of-type(2)")
    browser.until("document.getElementById('menu').open")
    browser.write("#menu-text", "raise")
    browser.press("Enter")
    browser.until(f"{text}.startsWith('raise')")
    browser.click("#go")
    browser.until(finished)
    check("a token is replaced and the text goes on", browser.value(text).startswith("raise"), repr(browser.value(text)))

    # A constraint half-way; a refusal is shown.
    browser.choose("#mode", "speed")
    browser.click("#begin")
    browser.until("!document.getElementById('step').disabled")
    browser.click("#step")
    browser.choose("#kind", "regex")
    browser.write("#constraint", "[0-9]{4}-[0-9]{2}")
    browser.click("#constrain")
    browser.until("!document.getElementById('ended').hidden")
    browser.click("#go")
    browser.until(finished)
    check("a constraint that came half-way holds", re.fullmatch("[0-9]{4}-[0-9]{2}", browser.value(text)), browser.value(text))
    browser.write("#constraint", "(")
    browser.click("#constrain")
    browser.until(error)
    check("a refusal is shown", "constrain.regex" in browser.value(error), browser.value(error))
    browser.choose("#kind", "")

    # A hole at the selection.
    browser.write("#prompt", "def add(a, b):\n    return X\n\nprint(add(1, 2))\n")
    browser.value("(() => { const p = document.getElementById('prompt'), i = p.value.indexOf('X'); p.focus(); p.setSelectionRange(i, i + 1); })()")
    browser.click("#hole")
    check("the selection becomes a hole", browser.value("document.getElementById('prompt').value") == "def add(a, b):\n    return ▒\n\nprint(add(1, 2))\n")
    browser.click("#run")
    # Not the end of the text before.
    browser.until("document.querySelector('#stage .given').textContent.startsWith('def add')")
    browser.until(finished)
    hole = ask("/v1/completions", {"prompt": "def add(a, b):\n    return ", "suffix": "\n\nprint(add(1, 2))\n", "max_tokens": 24,
                                   "temperature": 0, "seed": 0})["choices"][0]["text"]
    check("the hole is filled as a completion fills it", browser.value(text) == hole, repr(hole))
    picture(browser, "hole")

    # The race.
    browser.write("#prompt", "class Stack:\n    def __init__(self):\n        self.items = []\n\n    def push(self, item):\n")
    browser.write("#max", "120")
    browser.prefer(color_scheme="light", reduced_motion="reduce")
    browser.click("#race")
    browser.until("document.querySelectorAll('#race-table tbody tr').length === 4", 120)
    browser.until("!document.getElementById('race').disabled", 60)
    rows = browser.value("[...document.querySelectorAll('#race-table tbody tr')].map((r) => [...r.children].map((c) => c.textContent))")
    for row in rows:
        print("        " + " | ".join(row))
    by_mode = {row[0]: row for row in rows}
    check("autoregressive is one token a forward", 0.9 <= float(by_mode["autoregressive"][4]) <= 1.01)
    check("lossless writes the same text in fewer forwards", by_mode["lossless"][6] == "the same text"
          and int(by_mode["lossless"][3]) < int(by_mode["autoregressive"][3]))
    check("the chart has a mark for each", browser.value("document.querySelectorAll('#chart .mark').length") == 4)
    picture(browser, "race")

    strangers = [a for a in browser.addresses() if not a.startswith((base, "about:", "data:"))]
    check("nothing outside was asked for", not strangers, strangers)
    complaints = [c for c in browser.complaints() if not re.search("40[19]|400", c)]
    check("no complaints at the end", not complaints, complaints)


server = serve()
try:
    browser = Browser()
    try:
        main(browser)
    finally:
        browser.close()
finally:
    server.terminate()
    server.wait(60)
print("all checks passed")
