"""Writes wer.json: word errors by jiwer over text normalised with num2words, for tests/tests/metrics_golden.rs.

usage: make_wer.py      needs jiwer and num2words; the figures in wer.json are of versions 4.0.0 and 0.5.14
"""
import json, random, re
from pathlib import Path

import jiwer
from num2words import num2words

PERCENT = {"en": "percent", "ru": "процентов"}


def normal(text, language):
    text = text.lower().replace("ё", "е")
    text = re.sub(r"\$\s*([\d,.]+)", r"\1 dollars", text)
    text = re.sub(r"(\d)[, ](\d{3})\b", r"\1\2", text)
    text = re.sub(r"(\d+)\s*%", rf"\1 {PERCENT[language]}", text)
    text = re.sub(r"\d+", lambda m: f" {num2words(int(m[0]), lang=language)} ", text)
    text = text.replace("ё", "е").replace(" and ", " ").replace("'", "").replace("’", "")
    return " ".join(re.sub(r"[^\w\s]", " ", text).split())


def case(language, reference, hypothesis):
    r, h = normal(reference, language), normal(hypothesis, language)
    if r:
        out = jiwer.process_words(r, h)
        edits = out.substitutions + out.deletions + out.insertions
    else:
        edits = len(h.split())
    return {"language": language, "reference": reference, "hypothesis": hypothesis, "normal_reference": r,
            "normal_hypothesis": h, "reference_words": len(r.split()), "edits": edits}


PAIRS = {
    "en": [
        ("It's agreed: the release moves to Thursday.", "its agreed the release moves to thursday"),
        ("We need $1,200 and 15% more, and that's it.", "we need twelve hundred dollars and fifteen percent more"),
        ("Revenue was $ 3.5 million in 2024, up 7 %.", "revenue was three point five million in 2024 up 7%"),
        ("And so on, and, and so forth.", "and so on and so forth and"),
        ("Call 555 0199 at 10:05; room 007.", "call 5550199 at ten five room seven"),
        ("1,234,567 rows, 12,500 users, 1,5000 odd", "1234567 rows 12500 users"),
        ("O’Brien's snake_case don't", "o briens snake_case do not"),
        ("", ""), ("", "hello there"), ("hello there", ""), ("...", "—"),
        ("x 1000 000 y 1 000 z", "x one million y thousand z"),
        ("the the the the cat", "the cat the cat the"),
        ("Ünïcode naïve café 5€ £7", "unicode naive cafe 5 euro 7"),
        ("rock and roll and blues and jazz", "rock roll blues jazz"),
        ("line one\nand line two\tand three", "line one line two and three"),
        ("$5$6 $,. $ 7.", "five dollars six dollars seven dollars"),
        ("v2.0 is 3x faster, 4th try, A1B2", "version two is three times faster"),
    ],
    "ru": [
        ("Решили: релиз переносим на четверг.", "решили релиз переносим на четверг"),
        ("Всё ещё нужно 1 200 рублей и 15% сверху.", "все еще нужно тысяча двести рублей и пятнадцать процентов сверху"),
        ("Бюджет $2,500, то есть 21 000 или 2 002.", "бюджет две тысячи пятьсот долларов то есть 21000 или две тысячи два"),
        ("Ольга, ты берёшь отчёт?", "ольга ты берешь счет"),
        ("С 1 по 3 марта 2025 года — 111 заявок, 1000 отказов.", "с первого по третье марта 2025 года сто одиннадцать заявок"),
        ("Да-да, что-нибудь из-за Java and SQL", "да да что нибудь из за джава sql"),
        ("", "ага"), ("ноль 0 00", "0 0 0"),
        ("4000 3001 5011 1002 2 000 000 000 000", "четыре тысячи три тысячи один"),
    ],
}


def main():
    rng = random.Random(7)
    cases = [case(language, *pair) for language, pairs in PAIRS.items() for pair in pairs]
    for language, words in (("en", "we will ship it on friday and 12 the 1,500 40% not".split()),
                            ("ru", "мы не выпустим это в пятницу 21 1 000 ещё 5%".split())):
        for _ in range(8):
            a = [rng.choice(words) for _ in range(rng.randint(5, 40))]
            b = [rng.choice(words) if rng.random() < 0.2 else w for w in a if rng.random() > 0.15]
            cases.append(case(language, " ".join(a), " ".join(b)))
        numbers = sorted(rng.randrange(10 ** rng.randint(1, 15)) for _ in range(60))
        numbers += [10 ** k for k in range(16)] + [2 * 10 ** k for k in range(16)] + list(range(31))
        cases.append(case(language, ". ".join(map(str, numbers)), ""))
    lines = ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases)
    Path(__file__).with_name("wer.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
