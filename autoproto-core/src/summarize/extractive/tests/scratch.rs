use super::{meeting, minutes};
#[test]
fn scratch() {
    for text in [
        // should be nothing
        "We will need the report by Friday.", "The team will meet on Monday.", "Everybody will get a copy tomorrow.", "I will be late tomorrow.", "Tom will join us at noon.", "Maria will present the results now.", "Mark will be the host.", "We might hire someone.",
        "Maria fixed the bug yesterday.", "John wants to leave by Friday.", "You should read the report by Friday.", "The plan is to ship in May.", "I can hear you, Tom.", "Let me share my screen.", "Please mute yourself.", "Please go ahead, Tom.", "Tom, go ahead.", "Tom, start please.", "Anna, open the window please.", "Tom, thanks for the report.", "Maria said she will fix it by Friday.",
        "Does Maria fix it by Friday?", "I hope that Tom will finish the report by Friday.", "The customer agreed to wait until Monday.", "I'll see you tomorrow.", "I will send you my thoughts.", "I'll think about it.", "I will call you back.", "Who is taking notes today?", "We should decide soon.", "Let's take a break.", "Let's discuss the budget tomorrow.", "I'm going to get some coffee.",
        "Мария завтра уезжает в отпуск.", "Олег сказал, что проверит сервер.", "Иван, слышно меня?", "Ирина, покажите, пожалуйста, следующий слайд.", "Анна, включите, пожалуйста, микрофон.", "Я подумаю.", "Я отвечу на вопрос.", "Мы подготовим отчёт позже.", "Олег обычно проверяет сервер по пятницам.", "Виктор выступит первым.", "Нужно подготовить отчёт.", "Клиент подпишет договор к пятнице.", "Поставщик отправит товар в среду.",
        "Хорошо, посмотрим.", "Давайте перенесём релиз.", "Давайте решим позже.", "Вчера Ирина отправила договор.", "Следующий релиз выйдет в марте.", "Мария, спасибо за отчёт.", "Надеюсь, Олег исправит ошибку к пятнице.", "Я согласна с Марией.", "Отчёт будет готов к среде.", "Встреча пройдёт в пятницу.", "Проверка закончится к понедельнику.", "Иван вернётся к вечеру.", "Это решили не мы.", "Мы решили задачу.",
        // should be found
        "+Tom will be responsible for the training plan.", "+Anna needs to review the contract by Monday.", "+Jessica, your task is to update the price list by Friday.", "+Let's have Kevin call the supplier tomorrow.", "+Maria should send the invoice by Friday.", "+I'll make sure the server is updated by Monday.", "+Ben and I will prepare the slides by Friday.", "+The task of writing the report goes to Tom.", "+It's Tom's job to call the bank by Monday.",
        "+So the decision is: no new hires this year.", "+We have agreed on a price of fifty dollars.", "+The board approved the new budget.", "+We are going to use the new logo, that's decided.", "+We all agree to skip the July meeting.", "+Then it's decided. We will close the shop on Sundays.", "+We concluded that the old server stays.", "+We decided on the blue design.",
        "+Петров подготовит отчёт к пятнице.", "+Отчёт подготовит Мария к пятнице.", "+Ответственным за закупку назначить Олега.", "+За подготовку отчёта отвечает Ирина, срок пятница.", "+Марии подготовить смету к среде.", "+Задача для Олега: проверить сервер до среды.", "+Мария, вам нужно подготовить смету к среде.", "+Ирина, на вас отчёт к пятнице.", "+Иван Петрович, подготовьте смету к среде.", "+Поручить Петрову подготовить смету к среде.", "+Поручить отделу продаж обзвонить клиентов до пятницы.", "+Мария с Олегом подготовят презентацию к четвергу.", "+Нужно, чтобы Олег проверил сервер до среды.", "+Мария займётся сметой до среды.",
        "+Согласовали перенос релиза на май.", "+Единогласно постановили сменить банк.", "+Сошлись на том, что релиз переносим.", "+Тогда так и решим: релиз в мае.", "+Итог: релиз переносим на май.", "+Решили, что релиз будет в мае.", "+Остановились на втором варианте.", "+Принято единогласно: закрыть склад.", "+Мы договорились, что Иван подготовит план к среде.", "+Олегу поручается проверить сервер до среды.", "+Олегу поручено проверить сервер до среды.", "+Сергей должен обновить сайт до конца недели.", "+Дмитрий, сделайте презентацию к понедельнику.", "+Я к пятнице подготовлю смету.", "+Беру на себя подготовку сметы.",
    ] {
        let (want, said) = text.strip_prefix('+').map_or((false, text), |t| (true, t));
        let m = minutes(&meeting(&[&format!("A: {said}")]));
        let n = m.decisions.len() + m.actions.len();
        if (n > 0) != want || want {
            let got: Vec<String> = m.decisions.iter().map(|d| format!("D {}", d.text)).chain(m.actions.iter().map(|a| format!("A {:?} {} {:?}", a.owner, a.task, a.due))).collect();
            eprintln!("{} {said}  => {got:?}", if (n > 0) == want { "ok " } else { "BAD" });
        }
    }
    let long = vec!["word"; 60_000].join(" ");
    let many: Vec<String> = (0..20_000).map(|n| format!("{}: We agreed to move the release {n} to Thursday and Maria will fix leak number {n} by Tuesday.", if n % 2 == 0 { 'A' } else { 'B' })).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let t = std::time::Instant::now();
    minutes(&meeting(&[&format!("A: {long}")]));
    eprintln!("long {:?}", t.elapsed());
    let t = std::time::Instant::now();
    minutes(&meeting(&many[..5000]));
    eprintln!("many {:?}", t.elapsed());
    let long = vec!["Решили Мария and Tom will fix the к пятнице"; 3_000].join(" ");
    let t = std::time::Instant::now();
    minutes(&meeting(&[&format!("A: {long}")]));
    eprintln!("long2 {:?}", t.elapsed());
}
