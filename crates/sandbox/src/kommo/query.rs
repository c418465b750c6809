//! Reads query strings with PHP brackets: `filter[id][]=1&filter[updated_at][from]=2`.

/// A query string as names cut at their brackets, in the order they came.
#[derive(Debug, Default)]
pub(super) struct Query {
    pairs: Vec<Pair>,
}

#[derive(Debug)]
struct Pair {
    name: Vec<String>,
    value: String,
    /// As it was sent, so that links to other pages repeat the caller's own spelling.
    raw: String,
}

/// A filter on a moment: `[from]` and `[to]`, or one value that means equality.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Range {
    pub from: Option<i64>,
    pub to: Option<i64>,
}

impl Query {
    pub(super) fn read(query: &str) -> Self {
        let pairs = query
            .split('&')
            .filter(|raw| !raw.is_empty())
            .filter_map(|raw| {
                let (name, value) = form_urlencoded::parse(raw.as_bytes()).next()?;
                Some(Pair {
                    name: cut(&name),
                    value: value.into_owned(),
                    raw: raw.to_owned(),
                })
            })
            .collect();
        Self { pairs }
    }

    /// One value; the last one wins, as in PHP.
    pub(super) fn one(&self, name: &[&str]) -> Option<&str> {
        let found = self.pairs.iter().rev().find(|pair| pair.name == name)?;
        Some(&found.value)
    }

    /// All values of `name[]`, `name[0]`, or the single `name`; `None` when the name is absent.
    pub(super) fn many(&self, name: &[&str]) -> Option<Vec<&str>> {
        let listed: Vec<&str> = self
            .pairs
            .iter()
            .filter(|pair| {
                pair.name.len() == name.len() + 1 && pair.name.iter().zip(name).all(|(a, b)| a == b)
            })
            .map(|pair| pair.value.as_str())
            .collect();
        if listed.is_empty() {
            self.one(name).map(|value| vec![value])
        } else {
            Some(listed)
        }
    }

    /// Like [`Query::many`] for numbers; what is no number matches nothing.
    pub(super) fn numbers(&self, name: &[&str]) -> Option<Vec<i64>> {
        Some(
            self.many(name)?
                .into_iter()
                .map(|text| text.parse().unwrap_or(-1))
                .collect(),
        )
    }

    pub(super) fn range(&self, name: &[&str]) -> Option<Range> {
        if let Some(exact) = self.one(name) {
            let exact = exact.parse().unwrap_or(-1);
            return Some(Range {
                from: Some(exact),
                to: Some(exact),
            });
        }
        let end = |end: &str| {
            let full: Vec<&str> = name.iter().copied().chain([end]).collect();
            self.one(&full).and_then(|text| text.parse().ok())
        };
        let range = Range {
            from: end("from"),
            to: end("to"),
        };
        (range != Range::default()).then_some(range)
    }

    /// `filter[statuses][i][pipeline_id]` with `filter[statuses][i][status_id]`, in pairs.
    pub(super) fn statuses(&self) -> Option<Vec<(Option<u64>, Option<u64>)>> {
        let mut rows: Vec<(&str, Option<u64>, Option<u64>)> = Vec::new();
        for pair in &self.pairs {
            let [filter, statuses, row, column] = pair.name.as_slice() else {
                continue;
            };
            if filter != "filter" || statuses != "statuses" {
                continue;
            }
            let at = rows
                .iter()
                .position(|(known, ..)| known == row)
                .unwrap_or_else(|| {
                    rows.push((row, None, None));
                    rows.len() - 1
                });
            match column.as_str() {
                "pipeline_id" => rows[at].1 = pair.value.parse().ok(),
                "status_id" => rows[at].2 = pair.value.parse().ok(),
                _ => {}
            }
        }
        (!rows.is_empty()).then(|| {
            rows.into_iter()
                .map(|(_, pipeline, status)| (pipeline, status))
                .collect()
        })
    }

    /// `filter[custom_fields_values][{field}][]=value`, gathered by field.
    pub(super) fn field_values(&self) -> Vec<(u64, Vec<&str>)> {
        let mut found: Vec<(u64, Vec<&str>)> = Vec::new();
        for pair in &self.pairs {
            let [filter, values, field, ..] = pair.name.as_slice() else {
                continue;
            };
            let Ok(field) = field.parse() else { continue };
            if filter != "filter" || values != "custom_fields_values" {
                continue;
            }
            match found.iter_mut().find(|(known, _)| *known == field) {
                Some((_, wanted)) => wanted.push(&pair.value),
                None => found.push((field, vec![&pair.value])),
            }
        }
        found
    }

    /// `order[name]=asc|desc`: the name and whether it descends.
    pub(super) fn order(&self) -> Option<(&str, bool)> {
        let pair = self
            .pairs
            .iter()
            .find(|pair| pair.name.len() == 2 && pair.name[0] == "order")?;
        Some((&pair.name[1], pair.value.eq_ignore_ascii_case("desc")))
    }

    pub(super) fn with(&self, wanted: &str) -> bool {
        self.many(&["with"]).is_some_and(|values| {
            values
                .iter()
                .any(|value| value.split(',').any(|part| part.trim() == wanted))
        })
    }

    /// The same query on another page.
    pub(super) fn on_page(&self, page: usize, limit: usize) -> String {
        let mut query = format!("page={page}&limit={limit}");
        for pair in &self.pairs {
            if pair.name != ["page"] && pair.name != ["limit"] {
                query.push('&');
                query.push_str(&pair.raw);
            }
        }
        query
    }
}

impl Range {
    pub(super) fn holds(&self, moment: Option<i64>) -> bool {
        moment.is_some_and(|at| {
            self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at <= to)
        })
    }
}

fn cut(name: &str) -> Vec<String> {
    let Some((head, rest)) = name.split_once('[') else {
        return vec![name.to_owned()];
    };
    let inner = rest.strip_suffix(']').unwrap_or(rest);
    std::iter::once(head)
        .chain(inner.split("]["))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_and_encoded_brackets_read_alike() {
        for text in [
            "filter[id][]=1&filter[id][]=2",
            "filter%5Bid%5D%5B%5D=1&filter%5Bid%5D%5B%5D=2",
        ] {
            assert_eq!(
                Query::read(text).numbers(&["filter", "id"]),
                Some(vec![1, 2]),
                "{text}"
            );
        }
    }

    #[test]
    fn the_last_of_a_repeated_scalar_wins() {
        let query = Query::read("filter[pipeline_id]=1&filter[pipeline_id]=2");
        assert_eq!(query.numbers(&["filter", "pipeline_id"]), Some(vec![2]));
    }

    #[test]
    fn a_scalar_moment_means_equality() {
        let query = Query::read("filter[updated_at]=5");
        assert_eq!(
            query.range(&["filter", "updated_at"]),
            Some(Range {
                from: Some(5),
                to: Some(5)
            })
        );
    }
}
