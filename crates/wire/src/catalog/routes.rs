//! Finds the operation behind a path: a tree of its segments, in which a fixed word wins over a hole.

use super::Operation;
use super::facts::Verb;
use super::parameter::{Kind, Parameter};
use super::path::{self, Params};

/// All paths of a table of operations.
#[derive(Debug)]
pub(super) struct Routes {
    /// The first is the root.
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    words: Vec<(&'static str, usize)>,
    hole: Option<usize>,
    ends: Vec<End>,
}

/// An operation whose path ends at a node.
#[derive(Debug)]
struct End {
    operation: &'static Operation,
    template: &'static str,
}

impl Routes {
    pub(super) fn new(operations: &'static [Operation]) -> Self {
        let mut routes = Self {
            nodes: vec![Node::default()],
        };
        for operation in operations {
            for template in std::iter::once(&operation.path).chain(operation.twins) {
                routes.insert(operation, template);
            }
        }
        routes
    }

    pub(super) fn find(&self, verb: Verb, path: &str) -> Option<(&'static Operation, Params)> {
        let mut node = &self.nodes[0];
        for segment in path.strip_prefix('/')?.split('/') {
            node = &self.nodes[node.next(segment)?];
        }
        let end = node.ends.iter().find(|end| end.operation.verb == verb)?;
        let params = path::read(end.template, end.operation.path_parameters, path)?;
        Some((end.operation, params))
    }

    fn insert(&mut self, operation: &'static Operation, template: &'static str) {
        let mut parameters = operation.path_parameters.iter();
        let mut reached = vec![0];
        for segment in template.split('/').skip(1) {
            let words = if path::is_hole(segment) {
                fixed_words(parameters.next())
            } else {
                Some(std::slice::from_ref(&segment))
            };
            reached = match words {
                Some(words) => words
                    .iter()
                    .flat_map(|word| reached.iter().map(move |node| (*node, *word)))
                    .map(|(node, word)| self.word(node, word))
                    .collect(),
                None => reached.iter().map(|node| self.hole(*node)).collect(),
            };
        }
        for node in reached {
            self.nodes[node].ends.push(End {
                operation,
                template,
            });
        }
    }

    fn word(&mut self, node: usize, word: &'static str) -> usize {
        if let Some(next) = self.nodes[node].word(word) {
            return next;
        }
        let next = self.add();
        self.nodes[node].words.push((word, next));
        next
    }

    fn hole(&mut self, node: usize) -> usize {
        if let Some(next) = self.nodes[node].hole {
            return next;
        }
        let next = self.add();
        self.nodes[node].hole = Some(next);
        next
    }

    fn add(&mut self) -> usize {
        self.nodes.push(Node::default());
        self.nodes.len() - 1
    }
}

impl Node {
    fn next(&self, segment: &str) -> Option<usize> {
        if let Some(next) = self.word(segment) {
            return Some(next);
        }
        // `%71uery` is `query` to a server that decodes first: it must not pass for an id here.
        let disguised = segment.contains('%') && self.word(&path::decoded(segment)?).is_some();
        self.hole.filter(|_| !disguised)
    }

    fn word(&self, segment: &str) -> Option<usize> {
        let mut words = self.words.iter();
        words
            .find(|(word, _)| *word == segment)
            .map(|(_, next)| *next)
    }
}

/// The words that a hole stands for, when they are few and known.
fn fixed_words(parameter: Option<&'static Parameter>) -> Option<&'static [&'static str]> {
    match parameter?.kind {
        Kind::OneOf(words) => Some(words),
        Kind::Text
        | Kind::Id
        | Kind::Ids { .. }
        | Kind::Integer { .. }
        | Kind::Integers
        | Kind::Boolean
        | Kind::DateTime
        | Kind::SomeOf(_) => None,
    }
}
