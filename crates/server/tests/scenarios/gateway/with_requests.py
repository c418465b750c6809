"""Lists products with `requests`, and follows the link to each next page.

Takes the scheme and host of the gateway; the key is in the environment.
"""

import os
import sys

import requests

url = f"{sys.argv[1]}/squarespace/v2/commerce/products"
headers = {"Authorization": f"Bearer {os.environ['PORTICO_KEY']}", "User-Agent": "Lantern-Lister/2.3"}

names, pages = set(), 0
while url:
    response = requests.get(url, headers=headers)
    response.raise_for_status()
    names |= {product["name"] for product in response.json()["products"]}
    pages += 1
    url = response.json()["pagination"]["nextPageUrl"]
print("products", len(names), "on", pages, "pages")
