//! "Maison Brume": a house of scents and linen in Brittany that sells in euros, taxes included.

use super::{Good, Page, Shop, Variant, variant};
use crate::squarespace::site::{Buyer, Market, Promotion, ShippingOption};

pub(super) const SHOP: Shop = Shop {
    title: "Maison Brume",
    site_id: "maison-brume-4w7r",
    url: "https://www.maisonbrume.example",
    currency: "EUR",
    measurement_standard: "METRIC",
    language: "fr-FR",
    country: "FR",
    region: "Bretagne",
    time_zone: "Europe/Paris",
    market: Market {
        tax_included: true,
        tax_name: "TVA",
        jurisdiction: "COUNTRY:FR",
        tax_percent: "20.00",
        shipping: SHIPPING,
        promotions: PROMOTIONS,
        buyers: BUYERS,
    },
    pages: PAGES,
    goods: GOODS,
};

const PAGES: &[Page] = &[
    Page { title: "Parfums", slug: "parfums", enabled: true },
    Page { title: "Linge de maison", slug: "linge", enabled: true },
    Page { title: "Cadeaux", slug: "cadeaux", enabled: true },
    Page { title: "Ancienne collection", slug: "ancienne-collection", enabled: false },
];

const GOODS: &[Good] = &[
    Good { page: 0, kind: "PHYSICAL", name: "Eau de Brume", tags: &["parfum", "bestseller"], attribute: "Contenance", weight: 0.3, variants: &[
        variant("50 ml", "BRUME-50", "68.00", Some(60)),
        variant("100 ml", "BRUME-100", "104.00", Some(35)),
    ] },
    Good { page: 0, kind: "PHYSICAL", name: "Bougie Algue & Sel", tags: &["bougie"], attribute: "Contenance", weight: 0.4, variants: &[
        variant("180 g", "BOUG-ALG-180", "34.00", None),
        variant("400 g", "BOUG-ALG-400", "59.00", None),
    ] },
    Good { page: 0, kind: "PHYSICAL", name: "Diffuseur Forêt", tags: &["bougie", "intérieur"], attribute: "", weight: 0.6, variants: &[
        variant("", "DIFF-FORET", "49.00", None),
    ] },
    Good { page: 0, kind: "PHYSICAL", name: "Savon Noir", tags: &[], attribute: "", weight: 0.2, variants: &[
        variant("", "SAVON-NOIR", "12.50", None),
    ] },
    Good { page: 1, kind: "PHYSICAL", name: "Nappe en lin", tags: &["lin", "table"], attribute: "Couleur", weight: 0.9, variants: &[
        variant("Écru", "NAPPE-ECRU", "129.00", Some(14)),
        variant("Bleu nuit", "NAPPE-NUIT", "129.00", Some(9)),
    ] },
    Good { page: 1, kind: "PHYSICAL", name: "Serviettes brodées", tags: &["lin", "table"], attribute: "Lot", weight: 0.3, variants: &[
        variant("4", "SERV-4", "46.00", None),
        variant("8", "SERV-8", "84.00", None),
    ] },
    Good { page: 1, kind: "PHYSICAL", name: "Plaid Océan", tags: &["laine"], attribute: "", weight: 1.2, variants: &[
        Variant { option: "", sku: "PLAID-OC", price: "189.00", sale_price: Some("149.00"), stock: Some(22) },
    ] },
    Good { page: 1, kind: "PHYSICAL", name: "Tablier de cuisine", tags: &["lin", "cuisine"], attribute: "Couleur", weight: 0.4, variants: &[
        variant("Sable", "TABL-SABLE", "54.00", None),
        variant("Ardoise", "TABL-ARD", "54.00", Some(0)),
    ] },
    Good { page: 2, kind: "PHYSICAL", name: "Coffret Marée", tags: &["coffret", "cadeau"], attribute: "", weight: 1.0, variants: &[
        variant("", "COFF-MAREE", "96.00", None),
    ] },
    Good { page: 2, kind: "SERVICE", name: "Atelier parfum", tags: &["atelier"], attribute: "Langue", weight: 0.0, variants: &[
        variant("Français", "ATEL-FR", "85.00", Some(12)),
        variant("English", "ATEL-EN", "85.00", Some(12)),
    ] },
    Good { page: 2, kind: "GIFT_CARD", name: "Carte cadeau", tags: &["cadeau"], attribute: "", weight: 0.0, variants: &[
        variant("", "CARTE-50", "50.00", None),
        variant("", "CARTE-150", "150.00", None),
    ] },
    Good { page: 3, kind: "PHYSICAL", name: "Eau d'Hiver", tags: &["parfum"], attribute: "", weight: 0.3, variants: &[
        variant("", "HIVER-50", "72.00", Some(4)),
    ] },
];

const SHIPPING: &[ShippingOption] = &[
    ShippingOption { method: "Colissimo", amount: "7.90", service_type: None },
    ShippingOption { method: "Point relais", amount: "4.50", service_type: None },
    ShippingOption { method: "Chronopost", amount: "16.00", service_type: Some("OTHER") },
];

const PROMOTIONS: &[Promotion] = &[
    Promotion { name: "Bienvenue", code: "BIENVENUE", percent: "10" },
    Promotion { name: "Été indien", code: "ETE20", percent: "20" },
];

const BUYERS: &[Buyer] = &[
    Buyer { first_name: "Maëlle", last_name: "Le Goff", email: "maelle.legoff@example.com", phone: "+33 2 55 50 12 34", address1: "4 quai des Indes", city: "Lorient", state: "", postal_code: "56100", country_code: "FR" },
    Buyer { first_name: "Théo", last_name: "Marchand", email: "theo.marchand@example.org", phone: "06 55 50 19 87", address1: "21 rue Oberkampf", city: "Paris", state: "", postal_code: "75011", country_code: "FR" },
    Buyer { first_name: "Lena", last_name: "Brandt", email: "lena.brandt@example.com", phone: "+49 30 5550142", address1: "Weserstraße 18", city: "Berlin", state: "BE", postal_code: "12047", country_code: "DE" },
    Buyer { first_name: "Zoë", last_name: "Ünal", email: "zoe.unal@example.org", phone: "+41 44 555 01 23", address1: "Josefstrasse 102", city: "Zürich", state: "ZH", postal_code: "8005", country_code: "CH" },
    Buyer { first_name: "Giulia", last_name: "D'Angelo", email: "giulia.dangelo@example.com", phone: "+39 06 5550 1234", address1: "Via dei Coronari 9", city: "Roma", state: "RM", postal_code: "00186", country_code: "IT" },
    Buyer { first_name: "Łukasz", last_name: "Żebrowski", email: "lukasz.zebrowski@example.org", phone: "+48 22 555 01 77", address1: "ul. Piękna 31", city: "Warszawa", state: "", postal_code: "00-677", country_code: "PL" },
    Buyer { first_name: "Anaïs", last_name: "Dubois-Kowalczyk", email: "anais.dk@example.com", phone: "", address1: "9 place Sainte-Catherine", city: "Bruxelles", state: "", postal_code: "1000", country_code: "BE" },
    Buyer { first_name: "João", last_name: "Simões", email: "joao.simoes@example.org", phone: "+351 21 555 0166", address1: "Rua da Rosa 55", city: "Lisboa", state: "", postal_code: "1200-384", country_code: "PT" },
    Buyer { first_name: "Freya", last_name: "Møller", email: "freya.moller@example.com", phone: "+45 55 50 12 12", address1: "Nansensgade 40", city: "København", state: "", postal_code: "1366", country_code: "DK" },
    Buyer { first_name: "Camille", last_name: "Roussel", email: "camille.roussel@example.com", phone: "+33 6 55 50 44 10", address1: "17 rue de la Monnaie", city: "Rennes", state: "", postal_code: "35000", country_code: "FR" },
];
