//! Macros for what vendors write as strings: ids, and sets of names that may grow.

/// Defines an id: an opaque string with a type of its own.
#[macro_export]
macro_rules! id {
    ($(#[$meta:meta])* $vis:vis struct $name:ident;) => {
        $(#[$meta])*
        #[derive(
            Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            $crate::__private::serde::Serialize, $crate::__private::serde::Deserialize,
        )]
        #[serde(crate = "::wire::__private::serde", transparent)]
        $vis struct $name(String);

        impl $name {
            /// The id as the vendor writes it.
            $vis fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

/// Defines an enum of a vendor's names that keeps a name it does not know as `Other`.
#[macro_export]
macro_rules! open_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        $vis enum $name {
            $(#[doc = concat!("`", $text, "`")] $variant,)*
            /// A name that is newer than this client.
            Other(String),
        }

        impl $name {
            /// Every name that this client knows.
            $vis const KNOWN: &[Self] = &[$(Self::$variant),*];

            /// The name as the vendor writes it.
            $vis fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(name) => name,
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                match name {
                    $($text => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <String as $crate::__private::serde::Deserialize>::deserialize(deserializer)?;
                Ok(Self::from(name.as_str()))
            }
        }
    };
}

#[cfg(test)]
mod tests {
    open_enum! {
        /// A size.
        enum Size {
            Small = "SMALL",
            Large = "LARGE",
        }
    }

    #[test]
    fn an_unknown_name_makes_the_round_trip() {
        let sizes: Vec<Size> = serde_json::from_str(r#"["LARGE","HUGE"]"#).unwrap();
        assert_eq!(sizes, [Size::Large, Size::Other("HUGE".to_owned())]);
        assert_eq!(
            serde_json::to_string(&sizes).unwrap(),
            r#"["LARGE","HUGE"]"#
        );
    }

    #[test]
    fn the_known_names_are_listed() {
        assert_eq!(Size::KNOWN, [Size::Small, Size::Large]);
    }
}
