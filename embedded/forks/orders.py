"""What a program asks of the process that forks it. The standard library alone: ``program`` is to stay small."""

import json
import socket
from dataclasses import asdict, dataclass

LARGEST_ORDER = 64 * 1024


@dataclass(frozen=True)
class Order:
    """``python -m module *arguments``, in a process group that is there."""

    module: str
    arguments: list[str]
    process_group: int


def send(connection: socket.socket, order: Order, descriptors: list[int]) -> None:
    """In one message; ``descriptors`` become the output and the errors of what is started."""
    socket.send_fds(connection, [json.dumps(asdict(order)).encode()], descriptors)


def receive(connection: socket.socket) -> tuple[Order, list[int]]:
    """Raises OSError or ValueError where no whole order comes."""
    message, descriptors, _flags, _address = socket.recv_fds(connection, LARGEST_ORDER, 2)
    if len(descriptors) != 2:
        raise ValueError("an order without output")
    return Order(**json.loads(message)), descriptors
