//! A `Debug` that names what it shows, for types that hold personal data.

/// Implements `Debug` for a struct so that it prints the named fields and nothing else.
#[macro_export]
macro_rules! debug_only {
    ($type:ident { $($field:ident),* $(,)? }) => {
        impl ::std::fmt::Debug for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($type))$(.field(stringify!($field), &self.$field))*.finish_non_exhaustive()
            }
        }
    };
}

#[cfg(test)]
mod tests {
    struct Buyer {
        id: u32,
        #[expect(dead_code, reason = "it is there to be left out")]
        name: &'static str,
    }

    debug_only!(Buyer { id });

    #[test]
    fn only_the_named_fields_are_printed() {
        assert_eq!(
            format!(
                "{:?}",
                Buyer {
                    id: 7,
                    name: "Mara"
                }
            ),
            "Buyer { id: 7, .. }"
        );
    }
}
