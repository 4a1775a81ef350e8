"""A client of a language server, as an editor has one: documents are opened, and it is asked what can stand at a place.

The protocol is JSON-RPC with a header like that of HTTP, over the standard streams of the server.
"""

from __future__ import annotations

import json
import subprocess
import sysconfig
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.packaging.builds import Environment, variables


class LanguageServer:
    """A pyright language server for one folder; Any is JSON throughout.

    Args:
        folder: The project that an editor would have opened.
        environment: Where its packages are installed.
    """

    def __init__(self, folder: Path, environment: Environment) -> None:
        self._folder = folder
        self._last_id = 0
        settings = {"venvPath": str(environment.folder.parent), "venv": environment.folder.name}
        (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
        self._process = subprocess.Popen(
            [Path(sysconfig.get_path("scripts")) / "pyright-langserver", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=variables(PYRIGHT_PYTHON_IGNORE_WARNINGS="1"),
        )
        root = {"uri": folder.as_uri(), "name": folder.name}
        self._ask(
            "initialize",
            {
                "processId": None,
                "rootUri": root["uri"],
                "workspaceFolders": [root],
                "capabilities": {"workspace": {"configuration": True}},
            },
        )
        self._tell("initialized", {})

    def completions(self, name: str, code: str) -> list[str]:
        """What is offered at the end of the code."""
        answer = self._ask("textDocument/completion", self._place(name, code))
        items: list[dict[str, Any]] = answer["items"] if isinstance(answer, dict) else answer or []
        return [item["label"] for item in items]

    def signature(self, name: str, code: str) -> str:
        """What is shown of the call that the code ends in; empty if nothing is."""
        answer = self._ask("textDocument/signatureHelp", self._place(name, code))
        return "" if not answer or not answer["signatures"] else str(answer["signatures"][0]["label"])

    def _place(self, name: str, code: str) -> dict[str, Any]:
        uri = (self._folder / f"{name}.py").as_uri()
        self._tell(
            "textDocument/didOpen",
            {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": code}},
        )
        lines = code.split("\n")
        return {
            "textDocument": {"uri": uri},
            "position": {"line": len(lines) - 1, "character": len(lines[-1])},
        }

    def _ask(self, method: str, params: Any) -> Any:
        self._last_id += 1
        self._send({"id": self._last_id, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._last_id and "method" not in message:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return message.get("result")
            if "id" in message:  # a request of the server, such as one for settings
                items: list[object] = message.get("params", {}).get("items", []) if message.get("params") else []
                self._send({"id": message["id"], "result": [None] * len(items)})

    def _tell(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while (line := self._process.stdout.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        if not length:
            raise AssertionError("the language server has ended")
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        return message

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate(timeout=30)
