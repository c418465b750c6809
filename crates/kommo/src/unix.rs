//! Moments as the API writes them: whole Unix seconds, now and then in text.

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserializer, Serializer};
use wire::lenient;

pub(crate) fn serialize<S: Serializer>(
    moment: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match moment {
        Some(moment) => serializer.serialize_i64(moment.as_second()),
        None => serializer.serialize_none(),
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let Some(seconds) = lenient::optional_integer(deserializer)? else {
        return Ok(None);
    };
    Timestamp::from_second(seconds)
        .map(Some)
        .map_err(|_| D::Error::custom("a moment is out of range"))
}
