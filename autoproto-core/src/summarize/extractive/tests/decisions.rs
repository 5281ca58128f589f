//! What is a decision, what is none, and what takes one back.

use super::super::reversal::{shared, stems};
use super::{decisions, sentence};

#[test]
fn announcements_are_left_out_of_the_decision() {
    let mut wrong = Vec::new();
    for (text, want) in [
        (
            "We agreed to move the release to Thursday.",
            "move the release to Thursday",
        ),
        (
            "So we've decided to hire a new engineer.",
            "hire a new engineer",
        ),
        (
            "Okay, then we have decided to hire a new engineer.",
            "hire a new engineer",
        ),
        (
            "We decided not to hire anyone this year.",
            "not to hire anyone this year",
        ),
        (
            "It was decided that the office stays open on Saturdays.",
            "the office stays open on Saturdays",
        ),
        (
            "The decision is to keep the old server.",
            "keep the old server",
        ),
        ("Agreed: we start on Monday.", "we start on Monday"),
        ("Decision: keep the old server.", "keep the old server"),
        (
            "We will go with the second vendor.",
            "go with the second vendor",
        ),
        (
            "Great, let's go with the blue logo.",
            "go with the blue logo",
        ),
        (
            "On the budget, we agreed to cut travel by half.",
            "cut travel by half",
        ),
        (
            "We agreed that we will test on two devices.",
            "test on two devices",
        ),
        (
            "We agree to extend the deadline by one week.",
            "extend the deadline by one week",
        ),
        (
            "After a long discussion we decided to close the shop.",
            "close the shop",
        ),
        (
            "We've all agreed to meet twice a week.",
            "meet twice a week",
        ),
        (
            "We are going with the cheaper plan.",
            "going with the cheaper plan",
        ),
        ("It has been decided to rent a van.", "rent a van"),
        ("We made the decision to stop the trial.", "stop the trial"),
        (
            "Решили перенести релиз на десять дней.",
            "перенести релиз на десять дней",
        ),
        (
            "Хорошо, тогда мы решили перенести релиз.",
            "перенести релиз",
        ),
        ("Решили не переносить архив.", "не переносить архив"),
        (
            "Решили отказаться от второго сервера.",
            "отказаться от второго сервера",
        ),
        ("Решено увеличить бюджет.", "увеличить бюджет"),
        (
            "Договорились, что отчёт сдаём по пятницам.",
            "отчёт сдаём по пятницам",
        ),
        (
            "Договорились о том, что встречи будут короче.",
            "встречи будут короче",
        ),
        (
            "Постановили закупить десять ноутбуков.",
            "закупить десять ноутбуков",
        ),
        (
            "Приняли решение закрыть старый склад.",
            "закрыть старый склад",
        ),
        (
            "Принимаем решение: закрыть старый склад.",
            "закрыть старый склад",
        ),
        (
            "Решение такое: запуск переносим на май.",
            "запуск переносим на май",
        ),
        ("По бюджету решили сократить расходы.", "сократить расходы"),
        ("Утвердили график отпусков.", "утвердить график отпусков"),
        ("Единогласно решили сменить банк.", "сменить банк"),
        ("В итоге договорились начать в феврале.", "начать в феврале"),
        (
            "Итак, коллеги, решили: обучение начинаем в марте.",
            "обучение начинаем в марте",
        ),
    ] {
        let got = decisions(&[&format!("A: {text}")]);
        if got != [want] {
            wrong.push((text, got));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn proposals_reports_conditions_and_questions_decide_nothing() {
    let mut wrong = Vec::new();
    for text in [
        "I propose to move the release to Thursday.",
        "I think we should change the vendor.",
        "Did we decide to move the release?",
        "If we decide to move, we lose the deposit.",
        "Last time we decided to wait.",
        "We haven't decided to hire anyone.",
        "We have not yet agreed on the price.",
        "They agreed to a discount.",
        "The client decided to wait.",
        "I thought we agreed to wait.",
        "Maybe we agreed to that too early.",
        "Have we agreed to pay?",
        "Once we have decided to start, we call them.",
        "At the last meeting we agreed to wait.",
        "We agreed.",
        "Agreed.",
        "I agree.",
        "I don't agree.",
        "We agreed to wait two weeks ago.",
        "She said we decided to stop.",
        "We still need to decide.",
        "Should we go with the blue logo?",
        "The committee has not decided.",
        "Remember that we agreed to be brief.",
        "Unless we decide to raise them, we lose.",
        "Это решили не мы.",
        "Мы решили задачу.",
        "The customer agreed to wait until Monday.",
        "Предлагаю перенести релиз.",
        "Может быть, не переносить архив?",
        "Если решим переносить, потеряем неделю.",
        "В прошлый раз решили подождать.",
        "В прошлый раз говорили, что решили подождать.",
        "Мы ещё не решили, кто поедет.",
        "Решили?",
        "Договорились?",
        "Договорились.",
        "Клиент решил подождать.",
        "Заказчики решили отказаться от проекта.",
        "Вы решили переносить архив?",
        "Кажется, решили подождать.",
        "На прошлой неделе договорились ждать.",
        "Не договорились о цене.",
        "Когда решили переносить архив, места не было.",
        "Думаю, надо решить этот вопрос.",
        "Они договорились с банком.",
        "Как договорились, начинаем в девять.",
        "Почему решили закрыть склад?",
        "Надо решить, кто поедет.",
        "Пока ничего не решили.",
    ] {
        let got = decisions(&[&format!("A: {text}")]);
        if !got.is_empty() {
            wrong.push((text, got));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_reversal_takes_the_decision_back() {
    let cases: &[(&[&str], &[&str])] = &[
        (
            &[
                "A: We decided to buy a new printer.",
                "B: The money is gone.",
                "A: Okay, then we cancel that.",
            ],
            &[],
        ),
        (
            &[
                "A: We decided to buy a new printer.",
                "A: Scratch that. We'll postpone the purchase until May.",
            ],
            &["postpone the purchase until May"],
        ),
        (
            &[
                "A: We decided to buy a new printer.",
                "A: Actually, we decided to buy a new printer and a scanner instead.",
            ],
            &["buy a new printer and a scanner instead"],
        ),
        (
            &[
                "A: We decided to buy a new printer.",
                "B: Let's cancel the Friday lunch.",
            ],
            &["buy a new printer"],
        ),
        (
            &[
                "A: We decided to buy a new printer.",
                "B: Should we cancel that?",
                "A: No.",
            ],
            &["buy a new printer"],
        ),
        (
            &[
                "A: We decided to buy a new printer.",
                "A: We agreed to rent a van.",
            ],
            &["buy a new printer", "rent a van"],
        ),
        (
            &[
                "A: We agreed to rent a van.",
                "A: So to sum up, we agreed to rent a van.",
            ],
            &["rent a van"],
        ),
        (
            &[
                "A: Решили купить принтер.",
                "B: Денег нет.",
                "A: Тогда отменяем.",
            ],
            &[],
        ),
        (
            &[
                "A: Решили купить принтер.",
                "A: Нет, покупку принтера откладываем до мая.",
            ],
            &["покупку принтера откладываем до мая"],
        ),
        (
            &[
                "A: Решили купить принтер.",
                "B: Если денег не будет, отменим.",
            ],
            &["купить принтер"],
        ),
        (
            &["A: Решили купить принтер.", "B: Может, отменим?"],
            &["купить принтер"],
        ),
        (&["B: Обед мы обычно откладываем."], &[]),
    ];
    let mut wrong = Vec::new();
    for (lines, want) in cases {
        let got = decisions(lines);
        if got.iter().map(String::as_str).collect::<Vec<_>>() != *want {
            wrong.push((lines, got));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn stems_meet_across_forms() {
    let of = |text: &str| stems(&sentence(text).norms(), true);
    assert!(shared(&of("купить один диск"), &of("покупку диска")) > 0.9);
    assert_eq!(shared(&of("купить диск"), &of("начать обучение")), 0.0);
}
