"""Keeps a shop by all calls that clients of the managed gateway are shown: stock, orders, products, images, people, payments.

Takes the scheme and host of the gateway; the key is in the environment.
"""

import json
import os
import struct
import sys
import urllib.parse
import urllib.request
import uuid
import zlib

base = f"{sys.argv[1]}/squarespace"


def call(method, path, body=None, expect=200, **headers):
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data=data, method=method)
    request.add_header("Authorization", f"Bearer {os.environ['PORTICO_KEY']}")
    request.add_header("User-Agent", "Shopkeeper/0.4")
    if data is not None:
        request.add_header("Content-Type", "application/json")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    with urllib.request.urlopen(request) as answer:
        assert answer.status == expect, (method, path, answer.status)
        raw = answer.read()
    assert expect != 204 or not raw, raw
    return json.loads(raw) if raw else None


def has(thing, *names):
    assert set(names) <= set(thing), (set(names) - set(thing), thing)


def every(path, collection, **parameters):
    """All of a list, by the cursor of each page."""
    query, found = urllib.parse.urlencode(parameters, safe=",;:"), []
    while True:
        page = call("GET", f"{path}?{query}" if query else path)
        has(page["pagination"], "hasNextPage", "nextPageCursor", "nextPageUrl")
        found += page[collection]
        if not page["pagination"]["hasNextPage"]:
            return found
        query = urllib.parse.urlencode({"cursor": page["pagination"]["nextPageCursor"]})


def some(path, collection, identifiers):
    """A few by their identifiers, which stand beside one another in the path."""
    found = call("GET", f"{path}/{','.join(identifiers)}")[collection]
    assert {one.get("id", one.get("variantId")) for one in found} == set(identifiers), found
    return found


def money(value):
    return {"currency": "USD", "value": value}


year = {"modifiedAfter": "2026-01-01T00:00:00Z", "modifiedBefore": "2027-01-01T00:00:00Z"}
products = "/v2/commerce/products"

# Products and their variants.
pages = every("/1.0/commerce/store_pages", "storePages")
has(pages[0], "id", "title", "isEnabled", "urlSlug")
listed = every(products, "products")
has(listed[0], "id", "type", "storePageId", "name", "description", "url", "urlSlug", "tags", "isVisible")
has(listed[0], "variants", "images", "createdOn", "modifiedOn")
kinds = every(products, "products", type="PHYSICAL,SERVICE", **year)
assert {one["type"] for one in kinds} == {"PHYSICAL", "SERVICE"}, kinds
assert len(kinds) < len(listed), (kinds, listed)
some(products, "products", [listed[0]["id"], listed[1]["id"]])

variants = [{"sku": "ROPE-1", "pricing": {"basePrice": money("12.00")}, "stock": {"quantity": 30, "unlimited": False}}]
new = {"type": "PHYSICAL", "storePageId": pages[0]["id"], "name": "Mooring Rope", "description": "<p>Ten metres.</p>"}
new |= {"urlSlug": "mooring-rope", "tags": ["deck"], "isVisible": True, "variants": variants}
rope = call("POST", products, new, expect=201)
here, ordinary = f"{products}/{rope['id']}", rope["variants"][0]["id"]
change = {"name": "Mooring Line", "description": "<p>Twelve metres.</p>", "isVisible": True, "tags": ["deck", "new"]}
assert call("POST", here, change)["name"] == "Mooring Line"
call("POST", here, {"variantAttributes": ["Colour"]})
colour = {
    "sku": "ROPE-BLUE",
    "pricing": {"basePrice": money("14.00"), "salePrice": money("13.00"), "onSale": True},
    "stock": {"quantity": 8, "unlimited": False},
    "attributes": {"Colour": "Blue"},
    "shippingMeasurements": {
        "weight": {"unit": "POUND", "value": 2.5},
        "dimensions": {"unit": "INCH", "length": 12, "width": 12, "height": 3},
    },
}
blue = call("POST", f"{here}/variants", colour, expect=201)
assert blue["attributes"] == {"Colour": "Blue"}, blue
change = {"sku": "ROPE-NAVY", "pricing": {"basePrice": money("15.00"), "onSale": False}}
changed = call("POST", f"{here}/variants/{blue['id']}", change)
assert (changed["sku"], changed["pricing"]["basePrice"]) == ("ROPE-NAVY", money("15.00")), changed
print("products", len(listed), "and", call("GET", here)["products"][0]["name"])

# Images.
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def uploaded(name):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    picture = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0\xff")) + chunk(b"IEND", b"")
    mark = uuid.uuid4().hex
    part = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: image/png'
    form = f"--{mark}\r\n{part}\r\n\r\n".encode() + picture + f"\r\n--{mark}--\r\n".encode()
    sent = call("POST", f"{here}/images", form, expect=202, Content_Type=f"multipart/form-data; boundary={mark}")
    return sent["imageId"]


front, back = uploaded("front.png"), uploaded("back.png")
for image in (front, back):
    assert call("GET", f"{here}/images/{image}/status")["status"] == "READY"
assert call("POST", f"{here}/images/{front}", {"altText": "A coil of rope"})["altText"] == "A coil of rope"
for after, order in ((back, [back, front]), (None, [front, back])):
    call("POST", f"{here}/images/{front}/order", {"afterImageId": after}, expect=204)
    images = call("GET", here)["products"][0]["images"]
    assert [image["id"] for image in images] == order, images
for image in (back, None):
    call("POST", f"{here}/variants/{blue['id']}/image", {"imageId": image}, expect=204)
print("images", call("GET", here)["products"][0]["images"][0]["altText"])

# Stock.
stock = every("/1.0/commerce/inventory", "inventory")
has(stock[0], "variantId", "sku", "descriptor", "isUnlimited", "quantity")
limited = next(one["variantId"] for one in stock if not one["isUnlimited"])
adjustments = {
    "incrementOperations": [{"variantId": blue["id"], "quantity": 5}],
    "decrementOperations": [{"variantId": ordinary, "quantity": 2}],
    "setFiniteOperations": [{"variantId": limited, "quantity": 77}],
    "setUnlimitedOperations": [next(one["variantId"] for one in stock if one["isUnlimited"])],
}
for _ in range(2):
    call("POST", "/1.0/commerce/inventory/adjustments", adjustments, expect=204, Idempotency_Key="delivery-19")
now = some("/1.0/commerce/inventory", "inventory", [blue["id"], ordinary, limited])
now = {one["variantId"]: one["quantity"] for one in now}
assert [now[blue["id"]], now[ordinary], now[limited]] == [13, 28, 77], now
print("stock", len(stock))

# Orders.
new = {
    "channelName": "Quayside Fair",
    "externalOrderReference": "QF-31",
    "customerEmail": "noor.haddad@example.com",
    "lineItems": [
        {"lineItemType": "PHYSICAL_PRODUCT", "variantId": ordinary, "quantity": 3, "unitPricePaid": money("12.00")}
    ],
    "subtotal": money("36.00"),
    "priceTaxInterpretation": "EXCLUSIVE",
    "grandTotal": money("36.00"),
    "createdOn": "2026-05-02T11:20:00Z",
    "fulfillments": [],
}
order = call("POST", "/1.0/commerce/orders", new, expect=201, Idempotency_Key=str(uuid.uuid4()))
pending = every("/1.0/commerce/orders", "result", fulfillmentStatus="PENDING")
assert order["id"] in {one["id"] for one in pending}, pending
has(pending[0], "id", "orderNumber", "createdOn", "modifiedOn", "channel", "testmode", "customerEmail")
has(pending[0], "fulfillmentStatus", "lineItems", "subtotal", "shippingTotal", "taxTotal", "grandTotal")
mine = every("/1.0/commerce/orders", "result", customerId=order["customerId"], **year)
assert [one["id"] for one in mine] == [order["id"]], mine
parcel = {
    "shipDate": "2026-05-04T07:00:00Z",
    "carrierName": "UPS",
    "service": "Ground",
    "trackingNumber": "1ZQF31",
    "trackingUrl": "https://parcels.example/1ZQF31",
}
shipped = {"shouldSendNotification": True, "shipments": [parcel]}
call("POST", f"/1.0/commerce/orders/{order['id']}/fulfillments", shipped, expect=204)
order = call("GET", f"/1.0/commerce/orders/{order['id']}")
assert order["fulfillments"][0]["trackingNumber"] == "1ZQF31", order
print("order", order["orderNumber"], order["fulfillmentStatus"], order["grandTotal"]["value"])

# People and payments.
people = every("/1.0/profiles", "profiles")
has(people[0], "id", "firstName", "lastName", "email", "hasAccount", "isCustomer", "createdOn", "address")
has(people[0], "acceptsMarketing", "transactionsSummary")
buyers = every("/1.0/profiles", "profiles", filter="email,mara.lind@example.com")
assert [one["email"] for one in buyers] == ["mara.lind@example.com"], buyers
members = every("/1.0/profiles", "profiles", filter="isCustomer,true;hasAccount,true")
assert all(one["isCustomer"] and one["hasAccount"] for one in members), members
names = [one["email"] for one in every("/1.0/profiles", "profiles", sortField="email", sortDirection="asc")]
assert names == sorted(names, key=str.lower), names
person = some("/1.0/profiles", "profiles", [buyers[0]["id"]])[0]
has(person["transactionsSummary"], "orderCount", "totalOrderAmount")
documents = every("/1.0/commerce/transactions", "documents", **year)
has(documents[0], "id", "createdOn", "modifiedOn", "customerEmail", "salesOrderId", "voided", "payments")
has(documents[0], "totalSales", "totalNetSales", "totalTaxes", "total")
has(documents[0]["payments"][0], "id", "amount", "creditCardType", "provider", "paidOn")
some("/1.0/commerce/transactions", "documents", [one["id"] for one in documents[:2]])
print("people", len(people), "payments", len(documents))

# What is no longer needed.
for path in (f"/images/{back}", f"/variants/{blue['id']}", ""):
    call("DELETE", here + path, expect=204)
left = {one["name"] for one in every(products, "products")}
assert len(left) == len(listed) and "Mooring Line" not in left, left
