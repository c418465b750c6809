//! "Harbor & Lantern": a shop for lamps and prints in Maine that sells in dollars.

use super::{Good, Page, Shop, Variant, variant};
use crate::squarespace::site::{Buyer, Market, Promotion, ShippingOption};

pub(super) const SHOP: Shop = Shop {
    title: "Harbor & Lantern",
    site_id: "harbor-lantern-9k2d",
    url: "https://www.harborlantern.example",
    currency: "USD",
    measurement_standard: "IMPERIAL",
    language: "en-US",
    country: "US",
    region: "ME",
    time_zone: "America/New_York",
    market: Market {
        tax_included: false,
        tax_name: "State sales tax",
        jurisdiction: "COUNTRY:US,STATE:ME",
        tax_percent: "5.50",
        shipping: SHIPPING,
        promotions: PROMOTIONS,
        buyers: BUYERS,
    },
    pages: PAGES,
    goods: GOODS,
};

const PAGES: &[Page] = &[
    Page { title: "Lanterns", slug: "lanterns", enabled: true },
    Page { title: "Prints", slug: "prints", enabled: true },
    Page { title: "Workshops & Cards", slug: "workshops", enabled: true },
    Page { title: "Archive", slug: "archive", enabled: false },
];

const GOODS: &[Good] = &[
    Good { page: 0, kind: "PHYSICAL", name: "Brass Lantern", tags: &["lighting", "brass"], attribute: "Size", weight: 2.5, variants: &[
        variant("Small", "LANT-SM-BRS", "45.00", Some(40)),
        variant("Large", "LANT-LG-BRS", "78.00", Some(18)),
    ] },
    Good { page: 0, kind: "PHYSICAL", name: "Storm Lantern", tags: &["lighting", "outdoor"], attribute: "Color", weight: 3.2, variants: &[
        variant("Red", "STORM-RED", "64.00", None),
        variant("Green", "STORM-GRN", "64.00", None),
        variant("Black", "STORM-BLK", "64.00", Some(0)),
    ] },
    Good { page: 0, kind: "PHYSICAL", name: "Beeswax Candles", tags: &["candles"], attribute: "Pack", weight: 1.1, variants: &[
        variant("6", "WAX-06", "18.00", None),
        variant("12", "WAX-12", "32.00", None),
    ] },
    Good { page: 0, kind: "PHYSICAL", name: "Lamp Oil", tags: &[], attribute: "", weight: 2.1, variants: &[
        variant("", "OIL-1L", "14.50", None),
    ] },
    Good { page: 0, kind: "PHYSICAL", name: "Cotton Wick", tags: &["spare parts"], attribute: "", weight: 0.1, variants: &[
        Variant { option: "", sku: "WICK-3", price: "6.00", sale_price: Some("4.50"), stock: None },
    ] },
    Good { page: 1, kind: "PHYSICAL", name: "Lighthouse Print", tags: &["prints", "sea"], attribute: "Format", weight: 0.6, variants: &[
        variant("A4", "PRN-LIGHT-A4", "35.00", Some(120)),
        variant("A2", "PRN-LIGHT-A2", "95.00", Some(25)),
    ] },
    Good { page: 1, kind: "PHYSICAL", name: "Harbor Map 1874", tags: &["prints", "maps"], attribute: "Frame", weight: 1.4, variants: &[
        variant("None", "MAP-1874", "120.00", None),
        variant("Oak", "MAP-1874-OAK", "260.00", Some(12)),
    ] },
    Good { page: 1, kind: "PHYSICAL", name: "Tide Calendar", tags: &["sea"], attribute: "", weight: 0.5, variants: &[
        variant("", "CAL-TIDE", "22.00", None),
    ] },
    Good { page: 1, kind: "DIGITAL", name: "Chart Wallpapers", tags: &["downloads"], attribute: "", weight: 0.0, variants: &[
        variant("", "", "9.00", None),
    ] },
    Good { page: 2, kind: "SERVICE", name: "Lantern Making Workshop", tags: &["workshops"], attribute: "Day", weight: 0.0, variants: &[
        variant("Saturday", "WS-LANT-SAT", "140.00", Some(10)),
        variant("Sunday", "WS-LANT-SUN", "140.00", Some(10)),
    ] },
    Good { page: 2, kind: "GIFT_CARD", name: "Gift Card", tags: &["gifts"], attribute: "", weight: 0.0, variants: &[
        variant("", "GIFT-25", "25.00", None),
        variant("", "GIFT-100", "100.00", None),
    ] },
    Good { page: 3, kind: "PHYSICAL", name: "Ship's Bell", tags: &["brass"], attribute: "", weight: 9.0, variants: &[
        variant("", "BELL-OLD", "540.00", Some(1)),
    ] },
];

const SHIPPING: &[ShippingOption] = &[
    ShippingOption { method: "UPS Ground", amount: "12.40", service_type: Some("UPS_GROUND") },
    ShippingOption { method: "USPS Priority Mail", amount: "9.80", service_type: Some("USPS_PRIORITY") },
    ShippingOption { method: "Free local delivery", amount: "0.00", service_type: None },
];

const PROMOTIONS: &[Promotion] = &[
    Promotion { name: "Spring 10", code: "SPRING10", percent: "10" },
    Promotion { name: "Neighbors", code: "HARBOR15", percent: "15" },
];

const BUYERS: &[Buyer] = &[
    Buyer { first_name: "Ines", last_name: "Okafor", email: "ines.okafor@example.com", phone: "2075550142", address1: "8 Quarry Rd", city: "Camden", state: "ME", postal_code: "04843", country_code: "US" },
    Buyer { first_name: "Wesley", last_name: "Tran", email: "wesley.tran@example.com", phone: "6175550119", address1: "77 Beacon Hill Ct", city: "Boston", state: "MA", postal_code: "02108", country_code: "US" },
    Buyer { first_name: "María José", last_name: "Núñez", email: "mj.nunez@example.org", phone: "3055550177", address1: "1420 Coral Way", city: "Miami", state: "FL", postal_code: "33145", country_code: "US" },
    Buyer { first_name: "Siobhán", last_name: "O'Reilly", email: "siobhan.oreilly@example.org", phone: "+353 1 555 0134", address1: "12 Fishamble Street", city: "Dublin", state: "", postal_code: "D08 X2Y3", country_code: "IE" },
    Buyer { first_name: "Étienne", last_name: "Gagné", email: "etienne.gagne@example.com", phone: "+1 514-555-0160", address1: "305 rue Saint-Paul O", city: "Montréal", state: "QC", postal_code: "H2Y 2A7", country_code: "CA" },
    Buyer { first_name: "Grace", last_name: "Holloway", email: "Grace.Holloway@example.com", phone: "", address1: "19 Mill Lane", city: "Bath", state: "", postal_code: "BA1 1AA", country_code: "GB" },
    Buyer { first_name: "Haruto", last_name: "Sasaki", email: "haruto.sasaki@example.org", phone: "+81 3-5550-0188", address1: "2-4-1 Shibakoen", city: "Minato-ku", state: "Tokyo", postal_code: "105-0011", country_code: "JP" },
    Buyer { first_name: "Dolores", last_name: "Whitfield", email: "dolores.w@example.com", phone: "(402) 555-0101", address1: "650 Prairie Ave", city: "Omaha", state: "NE", postal_code: "68102", country_code: "US" },
    Buyer { first_name: "Kwame", last_name: "Asante", email: "kwame@example.org", phone: "7045550155", address1: "31 Tryon St", city: "Charlotte", state: "NC", postal_code: "28202", country_code: "US" },
    Buyer { first_name: "Linnéa", last_name: "Åkesson", email: "linnea.akesson@example.com", phone: "+46 8 555 012 40", address1: "Götgatan 44", city: "Stockholm", state: "", postal_code: "118 26", country_code: "SE" },
];
