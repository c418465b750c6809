"""Does by the official SDK of MCP what an agent does: looks at its tools, reads a list to its end, is refused,
sees the list of its tools change.

Takes the mode of the connection, `legacy` or `auto`, and the host of Portico; the keys are in the environment.
"""

import asyncio
import json
import os
import sys

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

mode, hub = sys.argv[1:3]


async def read_all(client, name, arguments):
    rows, calls, more = [], 0, None
    while calls == 0 or more:
        given = dict(arguments, more=more) if more else arguments
        result = await client.call_tool(name, given)
        assert not result.is_error, result.content
        rows += result.structured_content["answer"]["result"]
        more = result.structured_content.get("more")
        calls += 1
    return rows, calls


async def grant(agent, area, level):
    headers = {"Authorization": f"Bearer {os.environ['ADMIN_KEY']}"}
    async with httpx2.AsyncClient(trust_env=False, headers=headers) as http:
        grants = {"grants": [{"connection": "acme", "area": area, "level": level}]}
        answer = await http.patch(f"{hub}/v1/agents/{agent}/grants", json=grants)
        answer.raise_for_status()


async def main():
    changes = asyncio.Queue()

    async def on_message(message):
        if getattr(message, "method", "") == "notifications/tools/list_changed":
            changes.put_nowait("changed")

    headers = {"Authorization": f"Bearer {os.environ['PORTICO_KEY']}"}
    http = httpx2.AsyncClient(trust_env=False, headers=headers, timeout=60)
    transport = streamable_http_client(f"{hub}/mcp", http_client=http)
    async with http, Client(transport, mode=mode, message_handler=on_message) as client:
        print("revision", client.protocol_version)
        tools = (await client.list_tools()).tools
        for tool in tools:
            hints = tool.annotations
            print(tool.name, "reads" if hints.read_only_hint else "writes")

        orders, calls = await read_all(client, "getOrders", {})
        print("orders", len({order["id"] for order in orders}), "in several calls" if calls > 2 else calls)

        for name, arguments in [
            ("getProducts", {}),
            ("getOrder", {}),
            ("getOrder", {"id": 7}),
            ("getOrders", {"colour": "red"}),
            ("getOrders", {"connection": "other"}),
            ("getOrder", {"id": "000000000000000000000000"}),
        ]:
            result = await client.call_tool(name, arguments)
            assert result.is_error, result
            # What the vendor says names the very request.
            print("refused:", result.content[0].text.split(": {")[0])
        try:
            await client.call_tool("dropAllTables", {})
        except Exception as why:
            print("error:", why)

        if client.protocol_version >= "2026-07-28":
            async with client.listen(tools_list_changed=True) as subscription:
                await grant("Robot", "products", "read")
                await anext(aiter(subscription))
        else:
            await grant("Robot", "products", "read")
            await changes.get()
        names = [tool.name for tool in (await client.list_tools(cache_mode="bypass")).tools]
        print("now", len(names), "getProducts" in names)
        result = await client.call_tool("getProducts", {})
        print("products", len(result.structured_content["answer"]["products"]))
        assert json.loads(result.content[0].text) == result.structured_content


asyncio.run(asyncio.wait_for(main(), 120))
