//! Query parameters of the lists, read as strictly as the vendor does.

use std::collections::BTreeMap;

use super::answer::Refusal;
use super::time;

/// The parameters by name; an empty `cursor` counts as absent.
pub(super) struct Query(BTreeMap<String, String>);

impl Query {
    pub(super) fn read(raw: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(raw.unwrap_or_default().as_bytes()).into_owned();
        let mut parameters: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in pairs.filter(|(name, value)| name != "cursor" || !value.is_empty()) {
            // A list may come as one parameter for each of its words.
            let several = |before: &mut String| *before = format!("{before},{value}");
            parameters
                .entry(name)
                .and_modify(several)
                .or_insert(value.clone());
        }
        Self(parameters)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The cursor, which none of these filters may accompany; a parameter that the list does not know may.
    pub(super) fn cursor(&self, filters: &[&str]) -> Result<Option<&str>, Refusal> {
        let cursor = self.get("cursor");
        if cursor.is_some() && filters.iter().any(|name| self.0.contains_key(*name)) {
            return Err(Refusal::invalid(
                "Cursor cannot be set while other parameters are present.",
            ));
        }
        Ok(cursor)
    }

    /// The window of modification dates, both ends exclusive; the two dates come together.
    pub(super) fn window(&self) -> Result<(Option<i64>, Option<i64>), Refusal> {
        match self.open_window()? {
            (Some(after), Some(before)) if before <= after => Err(Refusal::invalid(
                "'modifiedBefore' must be later than 'modifiedAfter'.",
            )),
            (Some(_), None) | (None, Some(_)) => Err(Refusal::missing(
                "'modifiedBefore' and 'modifiedAfter' must both be specified.",
            )),
            window => Ok(window),
        }
    }

    /// The same window where one end may stay open.
    pub(super) fn open_window(&self) -> Result<(Option<i64>, Option<i64>), Refusal> {
        Ok((self.date("modifiedAfter")?, self.date("modifiedBefore")?))
    }

    /// A list of words separated by commas, each of which must be known.
    pub(super) fn words(&self, name: &str, known: &[&str]) -> Result<Option<Vec<String>>, Refusal> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let words: Vec<String> = text.split(',').map(|word| word.trim().to_owned()).collect();
        match words.iter().find(|word| !known.contains(&word.as_str())) {
            Some(unknown) => Err(Refusal::invalid(format!(
                "'{name}' has an invalid value: {unknown}."
            ))),
            None => Ok(Some(words)),
        }
    }

    /// One word that must be known.
    pub(super) fn word(&self, name: &str, known: &[&str]) -> Result<Option<&str>, Refusal> {
        match self.get(name) {
            Some(word) if !known.contains(&word) => Err(Refusal::invalid(format!(
                "'{name}' must be one of {}.",
                known.join(", ")
            ))),
            word => Ok(word),
        }
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        Ok(self.word(name, &["true", "false"])? == Some("true"))
    }

    pub(super) fn whole(&self, name: &str, low: i64, high: i64) -> Result<Option<i64>, Refusal> {
        let read = |text: &str| {
            let number = text
                .parse()
                .ok()
                .filter(|number| (low..=high).contains(number));
            number.ok_or_else(|| {
                Refusal::invalid(format!(
                    "'{name}' must be between {low} and {high}, inclusive."
                ))
            })
        };
        self.get(name).map(read).transpose()
    }

    fn date(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let read = |text| {
            time::read_utc(text)
                .ok_or_else(|| Refusal::invalid(format!("'{name}' must be an ISO 8601 UTC date.")))
        };
        self.get(name).map(read).transpose()
    }
}
