"""A Jupyter kernel of this very interpreter, whatever kernels are installed."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

if TYPE_CHECKING:
    from collections.abc import Iterator

GRACE = 2.0
"""Seconds that a kernel gets between the interrupt and the kill."""
LONGEST_SOCKET = 96
"""Characters that a socket's path may have on every system, less the numbering."""


class OwnInterpreter(KernelSpecManager):
    """Knows one kernel: ipykernel under the interpreter that asks for it."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the one kernel, by whatever name it is asked for."""
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name=f"Python ({kernel_name})",
            language="python",
            resource_dir="",
        )


@contextmanager
def kernel_manager() -> Iterator[tuple[AsyncKernelManager, Path]]:
    """
    Yield a manager of a kernel that has not started, and a private folder for it.

    The sockets are files in that folder where the system has such sockets, so
    nobody else can reach the kernel; elsewhere they are ports of localhost.
    """
    with tempfile.TemporaryDirectory(prefix="escai-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        manager = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=OwnInterpreter(),
            connection_file=str(folder / "kernel.json"),
            shutdown_wait_time=GRACE,
        )
        if zmq.has("ipc") and len(name) < LONGEST_SOCKET:
            manager.transport = "ipc"
            manager.ip = str(folder / "k")
        yield manager, folder
