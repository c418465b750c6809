//! Definitions of custom fields.

use serde::{Deserialize, Serialize};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, one, page, write};
use crate::entity::{Entity, Page, Paging};

/// The definition of a custom field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomField {
    /// The id that values name.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// Its code, a handle that stays when the name changes.
    #[serde(default)]
    pub code: Option<String>,
    /// Whether people can only look at it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_api_only: bool,
    /// Whether the vendor made it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_predefined: bool,
    /// The currency of amounts.
    #[serde(default)]
    pub currency: Option<String>,
    /// The options of a list.
    #[serde(default, deserialize_with = "lenient::list_or_map")]
    pub enums: Vec<EnumOption>,
    /// What the request called it; only in the answer to a write.
    #[serde(
        default,
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub request_id: Option<String>,
}

wire::open_enum! {
    /// The types of custom fields.
    pub enum FieldType {
        Text = "text",
        Textarea = "textarea",
        Numeric = "numeric",
        Monetary = "monetary",
        Price = "price",
        Checkbox = "checkbox",
        Select = "select",
        Radiobutton = "radiobutton",
        Multiselect = "multiselect",
        Category = "category",
        Multitext = "multitext",
        Date = "date",
        DateTime = "date_time",
        Birthday = "birthday",
        Url = "url",
        Streetaddress = "streetaddress",
        SmartAddress = "smart_address",
        LegalEntity = "legal_entity",
        TrackingData = "tracking_data",
        LinkedEntity = "linked_entity",
        ChainedList = "chained_list",
        File = "file",
        Items = "items",
    }
}

/// An option of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumOption {
    /// The id that values name.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// What it says.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub value: String,
    /// Its place in the list.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub sort: Option<i64>,
    /// Its code.
    #[serde(default)]
    pub code: Option<String>,
}

/// A custom field to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewField {
    /// Its name.
    pub name: String,
    /// Its type, for good.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// Its code, for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Whether people shall only look at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_api_only: Option<bool>,
    /// The currency, which amounts need.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The options of a list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub enums: Vec<EnumDraft>,
    /// What the answer shall call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// What to change about a custom field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CustomFieldPatch {
    /// Another name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// All options: the old ones with their ids, or they vanish, and new ones without.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub enums: Vec<EnumDraft>,
}

/// An option to keep or to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EnumDraft {
    /// The id of an old one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// What it says.
    pub value: String,
    /// Its place in the list.
    pub sort: i64,
    /// Its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl Client {
    /// Lists the custom fields of a kind of card. `GET /api/v4/{entity}/custom_fields`
    pub async fn custom_fields(
        &self,
        entity: Entity,
        paging: Paging,
        token: &SecretString,
    ) -> Result<Page<CustomField>, Error> {
        let call = self.call(
            "GET /api/v4/{entity}/custom_fields",
            &[entity.as_str()],
            token,
        );
        page(paging.apply(call), KEY).await
    }

    /// Makes custom fields; the token must be an administrator's. `POST /api/v4/{entity}/custom_fields`
    pub async fn create_custom_fields(
        &self,
        entity: Entity,
        fields: &[NewField],
        token: &SecretString,
    ) -> Result<Vec<CustomField>, Error> {
        write(
            self.call(
                "POST /api/v4/{entity}/custom_fields",
                &[entity.as_str()],
                token,
            ),
            fields,
            KEY,
        )
        .await
    }

    /// Changes a custom field, such as by more options; `None` where the answer does not show it.
    /// `PATCH /api/v4/{entity}/custom_fields/{id}`
    pub async fn update_custom_field(
        &self,
        entity: Entity,
        id: i64,
        patch: &CustomFieldPatch,
        token: &SecretString,
    ) -> Result<Option<CustomField>, Error> {
        let parameters = [entity.as_str(), &id.to_string()];
        one(
            self.call(
                "PATCH /api/v4/{entity}/custom_fields/{id}",
                &parameters,
                token,
            )
            .json(patch),
            KEY,
        )
        .await
    }
}

const KEY: &str = "custom_fields";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_come_as_a_list_as_an_object_or_not_at_all() {
        let read = |enums: &str| -> CustomField {
            serde_json::from_str(&format!(
                r#"{{"id":1,"name":"Site","type":"select","code":null,"enums":{enums}}}"#
            ))
            .unwrap()
        };
        let list = read(r#"[{"id":7,"value":"Oslo","sort":1},{"id":8,"value":"Bergen","sort":2}]"#);
        let keyed = read(
            r#"{"0":{"id":7,"value":"Oslo","sort":1},"1":{"id":8,"value":"Bergen","sort":2}}"#,
        );
        assert_eq!(list, keyed);
        assert!(read("null").enums.is_empty());
    }

    #[test]
    fn an_unknown_type_is_kept() {
        let field: CustomField =
            serde_json::from_str(r#"{"id":1,"name":"New","type":"hologram"}"#).unwrap();
        assert_eq!(field.field_type, FieldType::Other("hologram".to_owned()));
    }
}
