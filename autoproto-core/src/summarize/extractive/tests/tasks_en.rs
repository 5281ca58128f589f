//! English tasks and what looks like them.

use super::super::action::{Found, Task, Who};
use super::{found, task_of};

#[test]
fn tasks_have_owner_text_and_due() {
    let mut wrong = Vec::new();
    for (text, owner, task, due) in [
        (
            "Tom. Please prepare the slides by Friday.",
            "Tom",
            "prepare the slides",
            "Friday",
        ),
        (
            "Tom, please. Prepare the slides by Friday.",
            "Tom",
            "prepare the slides",
            "Friday",
        ),
        (
            "Let's have Kevin call the supplier tomorrow.",
            "Kevin",
            "call the supplier",
            "tomorrow",
        ),
        (
            "Jessica, your task is to update the price list by Friday.",
            "Jessica",
            "update the price list",
            "Friday",
        ),
        (
            "Maria should send the invoice by Friday.",
            "Maria",
            "send the invoice",
            "Friday",
        ),
        (
            "Anna needs to review the contract by Monday.",
            "Anna",
            "review the contract",
            "Monday",
        ),
        (
            "Tom will be responsible for the training plan.",
            "Tom",
            "be responsible for the training plan",
            "",
        ),
        (
            "Maria will fix the memory leak by Tuesday.",
            "Maria",
            "fix the memory leak",
            "Tuesday",
        ),
        (
            "Maria we'll fix the memory leak by Tuesday.",
            "Maria",
            "fix the memory leak",
            "Tuesday",
        ),
        (
            "maria will fix the memory leak by tuesday",
            "Maria",
            "fix the memory leak",
            "tuesday",
        ),
        (
            "Maria and Tom will write the job list tomorrow.",
            "Maria and Tom",
            "write the job list",
            "tomorrow",
        ),
        (
            "Tom, please prepare the slides by Friday.",
            "Tom",
            "prepare the slides",
            "Friday",
        ),
        (
            "Tom, prepare the slides by Friday.",
            "Tom",
            "prepare the slides",
            "Friday",
        ),
        (
            "John to send the contract by Monday.",
            "John",
            "send the contract",
            "Monday",
        ),
        (
            "By next Monday Emma will call the vendor.",
            "Emma",
            "call the vendor",
            "next Monday",
        ),
        (
            "Action item: Peter to update the website.",
            "Peter",
            "update the website",
            "",
        ),
        (
            "I will prepare the budget report by the end of the week.",
            "I",
            "prepare the budget report",
            "the end of the week",
        ),
        (
            "Yes, I'll book the meeting room.",
            "I",
            "book the meeting room",
            "",
        ),
        (
            "Action: update the documentation.",
            "",
            "update the documentation",
            "",
        ),
        (
            "Please update the documentation by Friday.",
            "",
            "update the documentation",
            "Friday",
        ),
    ] {
        let task_found = task_of(text);
        let want = (
            owner.to_string(),
            task.to_string(),
            (!due.is_empty()).then(|| due.to_string()),
        );
        if task_found != Some(want) {
            wrong.push((text, task_found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn passing_remarks_are_no_tasks() {
    for text in [
        "We will need the report by Friday.",
        "The team will meet on Monday.",
        "Tom will join us at noon.",
        "Maria will present the results now.",
        "John wants to leave by Friday.",
        "Please go ahead, Tom.",
        "Tom, start please.",
        "Anna, open the window please.",
        "Maria said she will fix it by Friday.",
        "I hope that Tom will finish the report by Friday.",
        "I'll see you tomorrow.",
        "I'm going to get some coffee.",
        "Let's discuss the budget tomorrow.",
        "Testing will take four days.",
        "That will be all.",
        "We will see.",
        "The next meeting is on Friday.",
        "I will be on holiday next week.",
        "It will help us.",
        "The vendor will send the invoice.",
        "If Maria will fix it, we can ship.",
        "Maria will be away on Friday.",
        "I think Tom will fix it by Monday.",
        "I propose to move the release.",
        "We need two more people.",
        "I'll be brief.",
        "I will start with the numbers.",
        "Tom, could you give us an update?",
        "I am still waiting for the customer.",
        "Maria, what is the status of the app?",
        "Thank you, Tom.",
        "Marketing will grow.",
        "I will share my screen.",
        "Will you join us tomorrow?",
        "Maria will not fix the leak.",
    ] {
        assert!(
            !matches!(found(text), Some(Found::Task(_) | Found::Request(_))),
            "{text}: {:?}",
            found(text)
        );
    }
}

#[test]
fn requests_wait_for_a_promise() {
    assert!(
        matches!(found("Can you send the report by Friday, Maria?"), Some(Found::Request(Task { who: Who::Named(n), .. })) if n == "Maria")
    );
    assert!(matches!(
        found("Who can update the manual?"),
        Some(Found::Request(Task {
            who: Who::Nobody,
            ..
        }))
    ));
    assert!(matches!(found("I'll take that."), Some(Found::Take { .. })));
    assert!(matches!(
        found("I will do it by Friday."),
        Some(Found::Promise { due: Some(_) } | Found::Take { due: Some(_) })
    ));
    assert_eq!(
        found("The deadline is Friday."),
        Some(Found::Deadline("Friday".into()))
    );
}
