//! Fields of forms: a label that is one, a hint, what is wrong beside it, and the whole of it said to a screen reader.
//!
//! ```text
//! Field::text("domain", …).hint(…).show(&problems)     a labelled input with its hint and its problem
//! Problems::add("domain", …)                           what is wrong, beside the field and summed up on top
//! ```

use maud::{Markup, html};

use super::texts::Texts;

/// What is wrong with a form: the field's name and a sentence, in the order of the page.
#[derive(Clone, Default, Debug)]
pub struct Problems {
    list: Vec<(&'static str, String)>,
}

impl Problems {
    /// One more. A field has one sentence: the first.
    pub fn add(&mut self, field: &'static str, sentence: impl Into<String>) {
        if self.of(field).is_none() {
            self.list.push((field, sentence.into()));
        }
    }

    /// With one.
    pub fn one(field: &'static str, sentence: impl Into<String>) -> Problems {
        let mut problems = Problems::default();
        problems.add(field, sentence);
        problems
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The sentence for a field.
    pub fn of(&self, field: &str) -> Option<&str> {
        let mut list = self.list.iter();
        list.find(|(name, _)| *name == field)
            .map(|(_, sentence)| sentence.as_str())
    }

    /// The first field that is wrong, which gets the focus.
    fn first(&self) -> Option<&'static str> {
        self.list.first().map(|(name, _)| *name)
    }

    /// All of them with links to their fields; nothing if nothing is wrong.
    pub fn summary(&self, texts: &Texts) -> Markup {
        html! {
            @if !self.is_empty() {
                div class="summary" role="alert" {
                    h2 { (texts.common.problems_title) }
                    ul {
                        @for (field, sentence) in &self.list {
                            li { a href={ "#" (field) } { (sentence) } }
                        }
                    }
                }
            }
        }
    }
}

/// One labelled input.
#[derive(Clone, Default)]
pub struct Field<'f> {
    name: &'static str,
    label: &'f str,
    hint: String,
    value: String,
    kind: &'static str,
    autocomplete: &'static str,
    inputmode: Option<&'static str>,
    behind: Option<String>,
    from: Option<&'static str>,
    required: bool,
    max: usize,
}

/// The longest that a field takes, in characters, unless it says otherwise.
const LENGTH_MAX: usize = 255;

impl<'f> Field<'f> {
    /// A line of text. `name` is also its id.
    pub fn text(name: &'static str, label: &'f str, value: &str) -> Field<'f> {
        Field {
            name,
            label,
            value: value.to_owned(),
            kind: "text",
            autocomplete: "off",
            required: true,
            max: LENGTH_MAX,
            ..Field::default()
        }
    }

    /// A secret, never filled in by the box. `autocomplete`: `new-password`, `current-password` or `off`.
    pub fn password(name: &'static str, label: &'f str, autocomplete: &'static str) -> Field<'f> {
        Field {
            kind: "password",
            autocomplete,
            max: 1024,
            ..Field::text(name, label, "")
        }
    }

    /// A sentence below the label.
    pub fn hint(self, hint: impl Into<String>) -> Field<'f> {
        Field {
            hint: hint.into(),
            ..self
        }
    }

    /// What the browser may fill in (HTML, "autofill").
    pub fn autocomplete(self, autocomplete: &'static str) -> Field<'f> {
        Field {
            autocomplete,
            ..self
        }
    }

    /// Which keys a phone shows: `url`, `email`, `numeric`.
    pub fn inputmode(self, inputmode: &'static str) -> Field<'f> {
        Field {
            inputmode: Some(inputmode),
            ..self
        }
    }

    /// What stands behind the input and belongs to it: `@example.org`.
    pub fn behind(self, behind: impl Into<String>) -> Field<'f> {
        Field {
            behind: Some(behind.into()),
            ..self
        }
    }

    /// May be filled by the script from another field while nobody has typed here.
    pub fn from(self, from: &'static str) -> Field<'f> {
        Field {
            from: Some(from),
            ..self
        }
    }

    /// May stay empty.
    pub fn optional(self) -> Field<'f> {
        Field {
            required: false,
            ..self
        }
    }

    /// Label, hint, problem, input.
    pub fn show(&self, problems: &Problems) -> Markup {
        let name = self.name;
        let problem = problems.of(name);
        let words = matches!(self.autocomplete, "name");
        let described: Vec<String> = [
            (!self.hint.is_empty()).then(|| format!("{name}-hint")),
            problem.map(|_| format!("{name}-wrong")),
            self.behind.as_ref().map(|_| format!("{name}-behind")),
        ]
        .into_iter()
        .flatten()
        .collect();
        let described = (!described.is_empty()).then(|| described.join(" "));
        let input = html! {
            input id=(name) name=(name) type=(self.kind) value=[(self.kind != "password").then_some(&self.value)]
                autocomplete=(self.autocomplete) inputmode=[self.inputmode] maxlength=(self.max)
                autocapitalize=(if words { "words" } else { "none" }) autocorrect=[(!words).then_some("off")]
                spellcheck="false" required[self.required] aria-invalid=[problem.map(|_| "true")]
                aria-describedby=[described] data-from=[self.from] autofocus[problems.first() == Some(name)];
        };
        html! {
            div class="field" {
                label for=(name) { (self.label) }
                @if !self.hint.is_empty() { p class="hint" id={ (name) "-hint" } { (self.hint) } }
                @if let Some(problem) = problem { p class="wrong" id={ (name) "-wrong" } { (problem) } }
                @if let Some(behind) = &self.behind {
                    div class="joined" { (input) span id={ (name) "-behind" } { bdi { (behind) } } }
                } @else {
                    (input)
                }
            }
        }
    }
}

/// A large choice among several: one of these under a `fieldset` ([`choices`]).
pub struct Choice<'c> {
    /// Sent when chosen.
    pub value: &'c str,
    /// What it is.
    pub label: &'c str,
    /// What it means; may be empty.
    pub hint: String,
}

/// Choices of which one is taken.
pub fn choices(
    name: &'static str,
    legend: &str,
    list: &[Choice<'_>],
    chosen: &str,
    problems: &Problems,
) -> Markup {
    let problem = problems.of(name);
    html! {
        fieldset class="field" id=(name) aria-describedby=[problem.map(|_| format!("{name}-wrong"))] {
            legend { (legend) }
            @if let Some(problem) = problem { p class="wrong" id={ (name) "-wrong" } { (problem) } }
            @for (number, choice) in list.iter().enumerate() {
                label class="pick" {
                    input type="radio" name=(name) value=(choice.value) checked[choice.value == chosen] aria-invalid=[problem.map(|_| "true")]
                        autofocus[number == 0 && problems.first() == Some(name)];
                    span {
                        b { (choice.label) }
                        @if !choice.hint.is_empty() { span class="hint" { (choice.hint) } }
                    }
                }
            }
        }
    }
}

/// A tick.
pub fn tick(name: &'static str, label: &str, hint: &str, ticked: bool) -> Markup {
    html! {
        label class="check" {
            input type="checkbox" id=(name) name=(name) value="yes" checked[ticked];
            span {
                (label)
                @if !hint.is_empty() { span class="hint" { (hint) } }
            }
        }
    }
}

/// A list to choose one from: (value, shown), in groups that may have no name.
pub fn select(
    name: &'static str,
    label: &str,
    hint: &str,
    options: impl Iterator<Item = (String, String)>,
    chosen: &str,
    problems: &Problems,
) -> Markup {
    let problem = problems.of(name);
    html! {
        div class="field" {
            label for=(name) { (label) }
            @if !hint.is_empty() { p class="hint" id={ (name) "-hint" } { (hint) } }
            @if let Some(problem) = problem { p class="wrong" id={ (name) "-wrong" } { (problem) } }
            select id=(name) name=(name) aria-invalid=[problem.map(|_| "true")]
                aria-describedby=[(!hint.is_empty()).then(|| format!("{name}-hint"))] autofocus[problems.first() == Some(name)] {
                @for (value, shown) in options {
                    option value=(value) selected[value == chosen] { (shown) }
                }
            }
        }
    }
}

/// "Show what I type", for the password fields that `fields` selects; comes with script only.
pub fn shows(texts: &Texts, fields: &str) -> Markup {
    html! {
        label class="check" hidden data-shows=(fields) {
            input type="checkbox";
            span { (texts.common.password_show) }
        }
    }
}

/// The button that sends a form.
pub fn send(label: &str) -> Markup {
    html! { div class="go" { button type="submit" { (label) } } }
}
