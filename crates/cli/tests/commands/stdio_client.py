"""Starts `portico mcp` by the official SDK of MCP, as agents' programs do, and uses its tools.

Takes the mode of the connection, `legacy` or `auto`, the binary, and its arguments.
"""

import asyncio
import os
import subprocess
import sys

from mcp import Client, StdioServerParameters

mode, portico, *arguments = sys.argv[1:]


async def main():
    changes = asyncio.Queue()

    async def on_message(message):
        if getattr(message, "method", "") == "notifications/tools/list_changed":
            changes.put_nowait("changed")

    def grant():
        command = [portico, "agent", "grant", "Store Agent", "--area", "products=read"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    server = StdioServerParameters(command=portico, args=arguments, env=dict(os.environ))
    async with Client(server, mode=mode, message_handler=on_message) as client:
        print("tools", len((await client.list_tools()).tools))
        called = await client.call_tool("getInventoryItems", {})
        print("stock", len(called.structured_content["answer"]["inventory"]) > 0)
        refused = await client.call_tool("getProducts", {})
        print(refused.content[0].text if refused.is_error else "not refused")
        if client.protocol_version >= "2026-07-28":
            async with client.listen(tools_list_changed=True) as subscription:
                grant()
                await anext(aiter(subscription))
        else:
            grant()
            await changes.get()
        called = await client.call_tool("getProducts", {})
        print("products", len(called.structured_content["answer"]["products"]) > 0)


asyncio.run(asyncio.wait_for(main(), 120))
