"""The floor of every answer: Starlette on uvicorn, saying a few words to anything."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


async def answer(request: Request) -> Response:
    await request.body()
    return PlainTextResponse("Hello.\n")


if __name__ == "__main__":
    uvicorn.run(
        Starlette(routes=[Route("/{any:path}", answer, methods=["GET", "POST"])]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
    )
