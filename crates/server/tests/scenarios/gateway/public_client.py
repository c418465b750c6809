"""Lists two pages of orders and reads one, by a client of Squarespace's API from PyPI.

Takes the scheme and host of the gateway, and its key.
"""

import contextlib
import sys

from squarespace_commerce import Squarespace

hub, key = sys.argv[1:3]
shop = Squarespace(key, base_url=f"{hub}/squarespace/")

first = shop.get_orders()
cursor = first["pagination"]["nextPageCursor"]
second = shop.get_orders(cursor=f"cursor={cursor}")
for page in (first, second):
    numbers = [order["orderNumber"] for order in page["result"]]
    print("orders", *numbers, "and more" if page["pagination"]["hasNextPage"] else "and no more")

listed = second["result"][0]
# The client itself prints the address that it asks.
with contextlib.redirect_stdout(sys.stderr):
    read = shop.get_order(listed["id"])
assert read == listed, read
print("order", read["orderNumber"], read["customerEmail"], read["grandTotal"]["value"])
