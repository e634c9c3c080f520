"""Pictures of mails in a real browser, to look at: python -m tests.support.shown_mail FOLDER [BROWSER]."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from services.notifications.channels import Message
from services.notifications.channels.letter import Sender, address, html

WIDTHS = (360, 800)
SENDER = Sender(address("denggao@group.example"), "登高", "https://denggao.example/me/notices")
LINK = "https://denggao.example/projects/01978a00-0000-7000-8000-000000000001"
MESSAGES = {
    "zh": Message(
        id="1",
        to="",
        title="待办：支部审议",
        lines=("项目：主运皮带夜班巡检零漏项党员责任区创建与长效机制建…", "时限：2026-12-04"),
        link=LINK,
        language="zh-CN",
        urgent=True,
    ),
    "en": Message(
        id="2",
        to="",
        title="5 things to do",
        lines=tuple(
            f"To do: {act} · Project: Night inspection of the main conveyor · Due: 2026-12-0{day}"
            for day, act in enumerate(("decide", "confirm the changes", "ratify", "certify", "close"), 1)
        ),
        link=LINK,
        language="en",
        may_be_muted=True,
    ),
    "hostile": Message(
        id="3",
        to="",
        title="<script>alert(1)</script> & \"quotes\" 'single' " + "长" * 100,
        lines=("x" * 300, "</td></table><img src=x onerror=alert(1)>", "https://evil.example/" + "a" * 200),
        link="javascript:alert(1)",
        language="zh-CN",
        may_be_muted=True,
    ),
}


def main(folder: Path, browser: str = "chromium") -> None:
    """Each message, narrow and wide, light and dark. A frame is as wide as a window that no browser makes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, message in MESSAGES.items():
        (folder / f"{name}.html").write_text(html(message, SENDER), "utf-8")
        for width in WIDTHS:
            page = folder / f"{name}-{width}.html"
            frame = f'<iframe src="{name}.html" width="{width}" height="700" style="border:0"></iframe>'
            page.write_text(f'<body style="margin:0">{frame}', "utf-8")
            for scheme in ("light", "dark"):
                taken(page, folder / f"{name}-{width}-{scheme}.png", width, scheme, browser)


def taken(page: Path, picture: Path, width: int, scheme: str, browser: str) -> None:
    """One picture."""
    dark = ["--force-dark-mode"] if scheme == "dark" else []
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--allow-file-access-from-files",
    ]
    window = [f"--window-size={max(width, 500)},700", f"--screenshot={picture}"]
    subprocess.run(
        [browser, *options, *dark, *window, page.resolve().as_uri()], check=True, capture_output=True
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
