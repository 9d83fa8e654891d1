"""Screenshots of a served database, through Chromium's own remote protocol.

    python3 tools/gov.py shot --url http://127.0.0.1:8069 --login admin \
        --password admin --path /odoo/employees --out docs/employees.png
"""

import argparse
import base64
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import requests
import websocket


class Browser:
    """One headless Chromium with one page."""

    def __init__(self, width, height, phone):
        program = shutil.which("chromium") or shutil.which("google-chrome")
        if not program:
            sys.exit("Chromium is missing: apt-get install chromium")
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        flags += [
            "--remote-debugging-port=0",
            "--lang=zh-CN",
            "--disable-dev-shm-usage",
        ]
        flags += [f"--user-data-dir={self.profile.name}", "--remote-allow-origins=*"]
        flags += [f"--window-size={width},{height}", "about:blank"]
        self.process = subprocess.Popen(
            [program, *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.socket = websocket.create_connection(self._page(), timeout=60)
        self.numbers = itertools.count(1)
        metrics = {"width": width, "height": height, "mobile": phone}
        metrics["deviceScaleFactor"] = 2 if phone else 1
        self.call("Emulation.setDeviceMetricsOverride", **metrics)
        # the agency's clock, whatever that of the machine
        self.call("Emulation.setTimezoneOverride", timezoneId="Asia/Shanghai")
        if phone:
            self.call("Emulation.setTouchEmulationEnabled", enabled=True)

    def _page(self):
        port = Path(self.profile.name) / "DevToolsActivePort"
        for _attempt in range(300):
            if port.exists() and "\n" in port.read_text():
                number = port.read_text().split("\n")[0]
                with urllib.request.urlopen(
                    f"http://127.0.0.1:{number}/json", timeout=10
                ) as r:
                    pages = [p for p in json.load(r) if p["type"] == "page"]
                if pages:
                    return pages[0]["webSocketDebuggerUrl"]
            time.sleep(0.1)
        sys.exit("Chromium did not start")

    def call(self, method, **params):
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == number:
                return answer.get("result", {})

    def evaluate(self, script):
        params = {"expression": script, "returnByValue": True, "awaitPromise": True}
        return self.call("Runtime.evaluate", **params).get("result", {}).get("value")

    def wait(self, script, seconds=60):
        """Wait until a JavaScript expression is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.evaluate(script):
                return True
            time.sleep(0.2)
        return False

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait(10)
        self.profile.cleanup()


def session(url, database, login, password):
    """Log in over RPC and give the session's cookie."""
    http = requests.Session()
    params = {"db": database, "login": login, "password": password}
    answer = http.post(
        f"{url}/web/session/authenticate",
        json={"jsonrpc": "2.0", "params": params},
        timeout=120,
    ).json()
    if "error" in answer:
        sys.exit(f"login refused: {answer['error']['data'].get('message')}")
    return http.cookies["session_id"]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", default="http://127.0.0.1:8069")
    options.add_argument("--database", default="gov")
    options.add_argument("--login", default="admin")
    options.add_argument("--password", default="admin")
    options.add_argument("--path", default="/odoo")
    options.add_argument("--size", default="1400x900")
    options.add_argument("--phone", action="store_true", help="390x844, touch")
    options.add_argument("--wait", default="", help="JavaScript that must become true")
    options.add_argument("--click", action="append", default=[], help="CSS selector(s)")
    options.add_argument(
        "--script", default="", help="JavaScript to run before the shot"
    )
    options.add_argument(
        "--full", action="store_true", help="the whole page, not the window"
    )
    options.add_argument("--out", required=True)
    o = options.parse_args()
    width, height = (390, 844) if o.phone else map(int, o.size.split("x"))
    cookie = session(o.url, o.database, o.login, o.password) if o.login else None
    browser = Browser(width, height, o.phone)
    try:
        if cookie:
            browser.call(
                "Network.setCookie", name="session_id", value=cookie, url=o.url
            )
        browser.call("Page.navigate", url=o.url + o.path)
        ready = "document.readyState == 'complete' && (!document.querySelector("
        ready += (
            "'.o_web_client') || !!document.querySelector('.o_action_manager > *'))"
        )
        if not browser.wait(o.wait or ready):
            print("warning: the page did not become ready", file=sys.stderr)
        time.sleep(1.5)
        for selector in o.click:
            wanted = f"document.querySelector({json.dumps(selector)})"
            browser.wait(f"!!{wanted}", 15)
            browser.evaluate(f"{wanted}.click()")
            time.sleep(1.5)
        if o.script:
            browser.evaluate(o.script)
            time.sleep(1)
        shot = browser.call("Page.captureScreenshot", captureBeyondViewport=o.full)
        Path(o.out).parent.mkdir(parents=True, exist_ok=True)
        Path(o.out).write_bytes(base64.b64decode(shot["data"]))
        print(o.out)
    finally:
        browser.close()


if __name__ == "__main__":
    main()
