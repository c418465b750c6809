"""Lists products, reads one connection, creates an order, pages through the stock.

Takes the scheme and host of the gateway, its key, and the name of the connection.
"""

import json
import sys
import urllib.request

hub, key, connection = sys.argv[1:4]


def call(method, url, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)
    request.add_header("Authorization", f"Bearer {key}")
    request.add_header("Portico-Connection", connection)
    if data is not None:
        request.add_header("Content-Type", "application/json")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


products = call("GET", f"{hub}/squarespace/v2/commerce/products?type=PHYSICAL")["products"]
print("products", len(products))

website = call("GET", f"{hub}/squarespace/1.0/authorization/website")
print("website", website["id"])

usd = lambda value: {"currency": "USD", "value": value}
order = {
    "channelName": "Quayside Fair",
    "externalOrderReference": "QF-7",
    "createdOn": "2026-05-03T14:05:10Z",
    "customerEmail": "teodor.blix@example.com",
    "lineItems": [
        {
            "lineItemType": "PHYSICAL_PRODUCT",
            "variantId": products[0]["variants"][0]["id"],
            "quantity": 1,
            "unitPricePaid": usd("30.00"),
        }
    ],
    "priceTaxInterpretation": "EXCLUSIVE",
    "subtotal": usd("30.00"),
    "grandTotal": usd("30.00"),
    "fulfillments": [],
}
orders = f"{hub}/squarespace/1.0/commerce/orders"
made = [call("POST", orders, order, Idempotency_Key="fair-7") for _ in range(2)]
assert made[0]["id"] == made[1]["id"], "the key makes one order of two requests"
print("order", made[0]["orderNumber"])

url, stock = f"{hub}/squarespace/1.0/commerce/inventory", []
while url:
    page = call("GET", url)
    stock += page["inventory"]
    url = page["pagination"].get("nextPageUrl")
    assert url is None or url.startswith(hub), url
print("stock", len({item["variantId"] for item in stock}))
