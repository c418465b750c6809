//! Reads request bodies member by member and refuses what the vendor would refuse.

use serde_json::Value;
use url::Url;

use super::answer::Refusal;
use super::shelf::Object;

/// One object of a request body, with the name it has in refusals.
pub(super) struct Fields<'a> {
    object: &'a Object,
    path: String,
}

impl<'a> Fields<'a> {
    /// The body itself.
    pub(super) fn body(value: &'a Value) -> Result<Self, Refusal> {
        let object = value
            .as_object()
            .ok_or_else(|| Refusal::bad_request("The request body must be a JSON object."))?;
        let path = String::new();
        Ok(Self { object, path })
    }

    /// An object inside this one.
    pub(super) fn inside(&self, name: &str, value: &'a Value) -> Result<Self, Refusal> {
        let path = self.full(name);
        let object = value
            .as_object()
            .ok_or_else(|| Refusal::invalid(format!("{path} must be an object.")))?;
        Ok(Self { object, path })
    }

    /// Refuses members outside this list.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        let unknown: Vec<&str> = self.names().filter(|name| !known.contains(name)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let names = unknown.join(", ");
        Err(Refusal::bad_request(format!(
            "The request body has unknown or readonly fields: [{names}]"
        )))
    }

    /// The names of all members.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.object.keys().map(String::as_str)
    }

    /// Whether the member is there, be it null.
    pub(super) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// The value, unless it is absent or null.
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str, longest: usize) -> Result<Option<&'a str>, Refusal> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let text = value
            .as_str()
            .ok_or_else(|| self.wrong(name, "must be a string"))?;
        if text.chars().count() > longest {
            return Err(self.too_long(name, longest));
        }
        Ok(Some(text))
    }

    pub(super) fn needed_text(&self, name: &str, longest: usize) -> Result<&'a str, Refusal> {
        self.text(name, longest)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| self.absent(name))
    }

    /// One of the words of an enum.
    pub(super) fn word(&self, name: &str, known: &[&str]) -> Result<Option<&'a str>, Refusal> {
        match self.text(name, usize::MAX)? {
            Some(word) if !known.contains(&word) => {
                Err(self.wrong(name, &format!("must be one of {}", known.join(", "))))
            }
            word => Ok(word),
        }
    }

    pub(super) fn needed_word(&self, name: &str, known: &[&str]) -> Result<&'a str, Refusal> {
        self.word(name, known)?.ok_or_else(|| self.absent(name))
    }

    pub(super) fn needed_flag(&self, name: &str) -> Result<bool, Refusal> {
        let value = self.get(name).ok_or_else(|| self.absent(name))?;
        value
            .as_bool()
            .ok_or_else(|| self.wrong(name, "must be a boolean"))
    }

    pub(super) fn needed_whole(
        &self,
        name: &str,
        lowest: i64,
        highest: i64,
    ) -> Result<i64, Refusal> {
        let value = self.get(name).ok_or_else(|| self.absent(name))?;
        let number = value
            .as_i64()
            .ok_or_else(|| self.wrong(name, "must be a whole number"))?;
        if !(lowest..=highest).contains(&number) {
            let rule = format!("must be between {lowest} and {highest}, inclusive");
            return Err(self.wrong(name, &rule));
        }
        Ok(number)
    }

    pub(super) fn list(&self, name: &str) -> Result<Option<&'a [Value]>, Refusal> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let list = value
            .as_array()
            .ok_or_else(|| self.wrong(name, "must be an array"))?;
        Ok(Some(list))
    }

    pub(super) fn needed_list(&self, name: &str) -> Result<&'a [Value], Refusal> {
        self.list(name)?.ok_or_else(|| self.absent(name))
    }

    /// An absolute address.
    pub(super) fn address(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        match self.text(name, usize::MAX)? {
            Some(text) if Url::parse(text).is_err() => Err(self.wrong(name, "must be a valid URL")),
            text => Ok(text),
        }
    }

    pub(super) fn absent(&self, name: &str) -> Refusal {
        Refusal::missing(format!("{} is required.", self.full(name)))
    }

    pub(super) fn wrong(&self, name: &str, rule: &str) -> Refusal {
        Refusal::invalid(format!("{} {rule}.", self.full(name)))
    }

    pub(super) fn too_long(&self, name: &str, longest: usize) -> Refusal {
        self.wrong(name, &format!("must have at most {longest} characters"))
    }

    fn full(&self, name: &str) -> String {
        if self.path.is_empty() {
            return name.to_owned();
        }
        format!("{}.{name}", self.path)
    }
}
