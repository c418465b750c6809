//! The values that go into a statement and come out of a row, the same for both databases.

use jiff::Timestamp;

use crate::Error;

/// A parameter of a statement or a column of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// One row of an answer; columns are read by their place in the SELECT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(Vec<Value>);

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values)
    }

    /// Reads a BIGINT.
    pub fn int(&self, column: usize) -> Result<i64, Error> {
        self.opt_int(column)?.ok_or_else(|| null(column))
    }

    /// Reads a BIGINT that may be NULL.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, Error> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(*number)),
            other @ (Value::Text(_) | Value::Bytes(_)) => Err(mismatch(column, "a number", other)),
        }
    }

    /// Reads a TEXT.
    pub fn text(&self, column: usize) -> Result<&str, Error> {
        self.opt_text(column)?.ok_or_else(|| null(column))
    }

    /// Reads a TEXT that may be NULL.
    pub fn opt_text(&self, column: usize) -> Result<Option<&str>, Error> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            other @ (Value::Int(_) | Value::Bytes(_)) => Err(mismatch(column, "a text", other)),
        }
    }

    /// Reads a BYTEA.
    pub fn bytes(&self, column: usize) -> Result<&[u8], Error> {
        self.opt_bytes(column)?.ok_or_else(|| null(column))
    }

    /// Reads a BYTEA that may be NULL.
    pub fn opt_bytes(&self, column: usize) -> Result<Option<&[u8]>, Error> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Bytes(bytes) => Ok(Some(bytes)),
            other @ (Value::Int(_) | Value::Text(_)) => Err(mismatch(column, "bytes", other)),
        }
    }

    /// Reads a moment, stored as milliseconds since 1970.
    pub fn timestamp(&self, column: usize) -> Result<Timestamp, Error> {
        self.opt_timestamp(column)?.ok_or_else(|| null(column))
    }

    /// Reads a moment that may be NULL.
    pub fn opt_timestamp(&self, column: usize) -> Result<Option<Timestamp>, Error> {
        self.opt_int(column)?
            .map(Timestamp::from_millisecond)
            .transpose()
            .map_err(|why| Error::data(&format!("column {column}"), why))
    }

    /// Reads a yes or no, stored as 1 or 0.
    pub fn bool(&self, column: usize) -> Result<bool, Error> {
        match self.int(column)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(Error::data(
                &format!("column {column}"),
                format_args!("{other} is neither 0 nor 1"),
            )),
        }
    }

    fn value(&self, column: usize) -> Result<&Value, Error> {
        self.0.get(column).ok_or_else(|| {
            Error::data(
                &format!("column {column}"),
                format_args!("the row has {} columns", self.0.len()),
            )
        })
    }
}

fn null(column: usize) -> Error {
    Error::data(&format!("column {column}"), "it is empty")
}

/// Names the kind only: the value may be a secret or somebody's address.
fn mismatch(column: usize, wanted: &str, found: &Value) -> Error {
    let found = match found {
        Value::Null => "nothing",
        Value::Int(_) => "a number",
        Value::Text(_) => "a text",
        Value::Bytes(_) => "bytes",
    };
    Error::data(
        &format!("column {column}"),
        format_args!("it holds {found} where {wanted} is expected"),
    )
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Int(yes.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<Timestamp> for Value {
    fn from(moment: Timestamp) -> Self {
        Self::Int(moment.as_millisecond())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: impl Into<Value>) -> Row {
        Row::new(vec![value.into()])
    }

    #[test]
    fn a_column_reads_back_as_what_went_in() {
        let moment = Timestamp::from_millisecond(1_767_355_200_123).unwrap();

        assert_eq!(row(7).int(0).unwrap(), 7);
        assert_eq!(row("seven").text(0).unwrap(), "seven");
        assert_eq!(row(vec![7_u8]).bytes(0).unwrap(), [7]);
        assert_eq!(row(moment).timestamp(0).unwrap(), moment);
        assert!(row(true).bool(0).unwrap());
        assert_eq!(row(None::<i64>).opt_int(0).unwrap(), None);
        assert_eq!(row(Some("seven")).opt_text(0).unwrap(), Some("seven"));
    }

    #[test]
    fn a_wrong_column_is_named_without_its_value() {
        let errors = [
            row("secret").int(0).unwrap_err(),
            row(None::<i64>).text(0).unwrap_err(),
            row(2).bool(0).unwrap_err(),
            row(2).int(1).unwrap_err(),
        ];

        let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "unreadable data in the database: column 0: it holds a text where a number is expected",
                "unreadable data in the database: column 0: it is empty",
                "unreadable data in the database: column 0: 2 is neither 0 nor 1",
                "unreadable data in the database: column 1: the row has 1 columns",
            ]
        );
    }
}
