"""Manages connections and lists products as clients of the managed gateway do: the standard library, a key in the environment.

Takes the scheme and host of the gateway, and the identifiers of two connected sites, the older one first.
"""

import datetime
import json
import os
import sys
import urllib.error
import urllib.request

hub, older, younger = sys.argv[1:4]
members = {"connection_id", "status", "creation_time", "last_updated_time", "url", "app", "metadata"}


def asked(request):
    request.add_header("Authorization", f"Bearer {os.environ['PORTICO_KEY']}")
    return json.load(urllib.request.urlopen(request))


def checked(connection):
    assert set(connection) == members, connection
    assert connection["app"] == "squarespace" and isinstance(connection["metadata"], dict), connection
    for time in (connection["creation_time"], connection["last_updated_time"]):
        datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ")
    return connection


def listed(query=""):
    page = asked(urllib.request.Request(f"{hub}/connections{query}"))
    return [checked(connection)["connection_id"] for connection in page["connections"]]


def refused(request):
    try:
        asked(request)
    except urllib.error.HTTPError as error:
        return error.code
    raise AssertionError(f"{request.full_url} was answered")


# Those there are.
assert listed() == [older, younger]
assert listed("?app=squarespace&status=ACTIVE") == [older, younger]

# A new one waits for its owner, on the page at `url`.
data = json.dumps({"app": "squarespace"}).encode()
request = urllib.request.Request(f"{hub}/connections", data=data, method="POST")
request.add_header("Content-Type", "application/json")
made = asked(request)
new = made["connection_id"]
assert checked(made["connection"])["connection_id"] == new, made
assert listed("?app=squarespace&status=PENDING") == [new]
assert listed("?app=squarespace&status=ACTIVE") == [older, younger], "one that waits is not active"

pending = checked(asked(urllib.request.Request(f"{hub}/connections/{new}"))["connection"])
assert pending == made["connection"] and pending["status"] == "PENDING", pending
assert "/connect/" in pending["url"], pending
with urllib.request.urlopen(pending["url"]) as page:
    assert page.headers.get_content_type() == "text/html", page.headers
active = checked(asked(urllib.request.Request(f"{hub}/connections/{older}"))["connection"])
assert (active["connection_id"], active["status"]) == (older, "ACTIVE"), active

# Without a choice the oldest site answers.
products = f"{hub}/squarespace/v2/commerce/products"
for chosen in (None, older, younger):
    request = urllib.request.Request(products)
    request.add_header("User-Agent", "Lantern-Lister/2.3")
    if chosen:
        request.add_header("Maton-Connection", chosen)
    print("first product", asked(request)["products"][0]["name"])

for gone in (new, younger):
    assert asked(urllib.request.Request(f"{hub}/connections/{gone}", method="DELETE")) == {}
    assert refused(urllib.request.Request(f"{hub}/connections/{gone}")) == 404
request = urllib.request.Request(products)
request.add_header("Maton-Connection", younger)
assert refused(request) == 404, "no other site answers in its place"
assert listed() == [older]

# What goes wrong has the status that clients look for.
assert refused(urllib.request.Request(f"{hub}/v2/commerce/products")) == 404
asked(urllib.request.Request(f"{hub}/connections/{older}", method="DELETE"))
assert refused(urllib.request.Request(products)) == 400, "no connection is left"
os.environ["PORTICO_KEY"] = "wrong"
assert refused(urllib.request.Request(products)) == 401
assert refused(urllib.request.Request(f"{hub}/connections")) == 401
