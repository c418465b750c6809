//! What the rules need to know of a product: orders carry no category, so it is looked up.

use serde::{Deserialize, Serialize};

/// The facts of one product that sort its buyers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    pub id: String,
    pub tags: Vec<String>,
    /// The title of the store page that shows it.
    pub store_page: Option<String>,
}

impl Product {
    /// The category by which buyers are sorted: the store page, else the first tag, else none.
    #[must_use]
    pub fn category(&self) -> Option<&str> {
        let page = self.store_page.as_deref().map(str::trim);
        let tag = self.tags.first().map(|tag| tag.trim());
        [page, tag]
            .into_iter()
            .flatten()
            .find(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_page_names_the_category_else_the_first_tag() {
        let mut product = Product {
            id: "p1".to_owned(),
            tags: vec!["mugs".to_owned(), "gifts".to_owned()],
            store_page: Some("Kitchen".to_owned()),
        };
        assert_eq!(product.category(), Some("Kitchen"));
        product.store_page = Some(" ".to_owned());
        assert_eq!(product.category(), Some("mugs"));
        product.tags.clear();
        assert_eq!(product.category(), None);
    }
}
