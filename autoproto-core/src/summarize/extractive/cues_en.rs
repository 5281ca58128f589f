//! What English announces decisions, tasks and questions with. See [`pattern`](super::pattern) for the notation.

/// Words that may stand before an announcement and mean nothing for it.
pub(super) const FILLERS: &[&str] = &[
    "ok", "okay", "so", "then", "and", "but", "well", "good", "great", "right", "alright", "fine", "now", "yes",
    "yeah", "yep", "no", "sure", "also", "finally", "therefore", "thus", "all", "perfect", "excellent", "agreed",
    "in", "that", "case", "thanks", "thank", "you", "um", "uh", "everyone", "folks", "today", "too", "let", "us",
    "me", "see", "hmm", "of", "course", "absolutely", "certainly", "clear", "very", "additionally", "next", "plus",
    "actually", "to", "sum", "up", "summarize", "summary", "recap", "conclusion", "end", "the",
];

/// What a decision is announced with; the words after it are the decision.
pub(super) const DECISION: &[&str] = &[
    "we ?have ?all ?also|just|now|finally|therefore|then|jointly|together|unanimously agreed|decided|resolved|voted|opted|chosen|chose ?together|unanimously|today|now to|that",
    "we ?all agree|decide to", "we ?have concluded|determined that", "we ?have ?all ?also agreed|decided|settled on",
    "we ?have ?all ?also decided|agreed|voted against", "we ?have ?also made|took|taken a|the decision to|that",
    "we came|come to the|a conclusion|decision that|to",
    "the|our group|team|meeting|board|committee ?has agreed|decided|resolved to|that",
    "it is|was|has ?been ?also ?therefore ?now decided|agreed|resolved|settled to|that",
    "agreed|decided|resolved ?then to|that", "the|our|my ?final ?first|second|other decision is|was ?made to|that",
    "the|our ?final decision is", "everyone|everybody|all ?has agreed|agrees to|that",
];

/// What a negative decision is announced with, before its "not".
pub(super) const DECISION_NOT: &[&str] = &[
    "we ?have ?all ?also|just|now|finally|therefore|then agreed|decided|resolved|voted|chosen",
    "it is|was|has ?been ?also decided|agreed|resolved", "agreed|decided", "the|our ?final decision is|was",
];

/// Announcements that need a colon after them: "Agreed: …".
pub(super) const DECISION_COLON: &[&str] = &[
    "agreed", "decided", "decision", "the decision", "the ?final decision is", "resolution", "resolved", "we decided",
    "we agreed",
];

/// Announcements that belong to the decision: the text begins at their last two words.
pub(super) const DECISION_KEPT: &[&str] = &[
    "we will ?then ?now go with", "let's ?then ?just go with", "we are ?then going with",
    "we ?have approved|cancelled|canceled|rejected|postponed",
];

/// Before an announcement, these make it a report, a condition, a doubt or a question.
pub(super) const DOUBTS: &[&str] = &[
    "if", "unless", "whether", "when", "once", "until", "before", "last", "previous", "previously", "yesterday",
    "earlier", "ago", "think", "thought", "believe", "remember", "remind", "said", "says", "say", "told", "wish",
    "hope", "suppose", "assuming", "imagine", "might", "may", "maybe", "perhaps", "could", "would", "should", "never",
    "not", "nobody", "why", "how", "what", "who", "did", "do", "does", "have", "they", "client", "customer", "he",
    "she", "already", "assume", "guess", "heard", "sounds", "seems", "originally", "initially", "propose", "suggest",
    "where", "which", "almost", "nearly", "wonder", "unsure", "unclear", "because", "since", "after",
];

/// After an announcement's verb, these put it into the past of another meeting.
pub(super) const ELSEWHERE: &[&str] = &[
    "last time", "last week|month|year|meeting|quarter", "at the last|previous", "in the last|previous",
    "a week|month|year ago", "weeks|months|years ago",
];

/// What takes a decision back.
pub(super) const CANCEL: &[&str] = &[
    "?then let's|we ?will cancel|scrap|drop|revoke|withdraw|undo|reverse|abandon|forget ?that|it|this|the",
    "let us cancel|scrap|drop|revoke|withdraw|undo|reverse|forget",
    "we are ?now canceling|cancelling|scrapping|dropping|withdrawing", "scratch that|this|it", "forget that|it",
    "we ?will take that|it back", "that|this|it is ?now ?therefore cancelled|canceled|off|scrapped",
    "we have to cancel|scrap|drop|undo", "cancel that|it|this",
];

/// What puts something off.
pub(super) const POSTPONE: &[&str] = &[
    "let's|we ?will|will ?have ?to ?then ?rather postpone|delay|defer", "let's|we ?will ?then put ?it|this|that off",
    "let's|we ?will ?then put the|our * off", "let's|we ?will ?then hold off",
    "we are ?now postponing|delaying|deferring", "postpone|defer the|it|this|that",
];

/// What makes a later decision replace an earlier one on the same subject.
pub(super) const INSTEAD: &[&str] = &[
    "instead", "actually", "on second thought", "after all", "we changed our mind*", "change of plan*", "rather than",
    "correction", "no longer",
];

/// Verbs of work, in their base form.
const TASK_VERBS: &str = "add address adapt adjust analyse analyze announce answer apply approve arrange archive ask assemble assign \
        attach audit automate back backup benchmark block book brief bring budget build buy calculate calibrate \
        call cancel catalogue change chase check clarify clean clear close collect combine compare compile \
        complete compose confirm configure connect contact convert coordinate copy correct count create cut debug \
        decide define delete deliver deploy describe design determine develop disable discuss distribute document \
        download draft draw drive edit email enable escalate estimate evaluate examine expand explore export \
        extend file fill finalise finalize find finish fix follow format forward fulfil gather generate get handle \
        hand help hire identify implement import improve inform inspect install interview integrate introduce \
        investigate invite issue label launch lead list load look mail make manage map measure merge message \
        migrate modify monitor move negotiate notify offer open optimise optimize order organise organize own pack \
        paint patch pay phone pick pilot place plan polish post prepare present print process produce profile \
        program propose provide publish purchase push put rebuild recheck recommend record recruit redesign reduce \
        refactor register release remove rename renew rent repair replace report request research reserve reset \
        resolve restart restore review revise rewrite roll run scan schedule search secure select send set setup \
        share ship shorten sign simplify sort source speak split start store streamline submit summarise summarize \
        supply survey switch take talk test track train transfer translate troubleshoot tune update upgrade upload \
        validate verify visit write wrap";

/// After "will", these are no task.
pub(super) const NOT_TASKS: &[&str] = &[
    "be", "have", "see", "need", "know", "want", "like", "love", "agree", "come", "join", "remember", "miss", "leave",
    "arrive", "tell", "explain", "say", "think", "hope", "wait", "not", "never", "probably", "help", "stay", "go",
    "return", "feel", "become", "let", "understand", "enjoy", "believe", "expect", "hear", "support", "also", "get",
    "keep", "try", "happen", "cost", "arrive", "lose", "win", "fly", "travel",
];

/// In the first person or as a request, these are talk.
pub(super) const TALK: &[&str] = &[
    "give", "tell", "explain", "say", "start", "begin", "repeat", "introduce", "show", "speak", "talk", "comment",
    "walk", "remind", "hear", "open", "close", "wait", "stop", "get", "read", "present", "describe", "lead", "summarise",
    "summarize", "move", "pass", "mute", "unmute", "hold", "continue",
];

/// Words that stand for something said before: alone they are no task.
pub(super) const EMPTY: &[&str] = &[
    "it", "that", "this", "them", "so", "you", "us", "me", "all", "everyone", "then", "again", "too", "now", "one",
    "soon", "myself", "there", "immediately",
];

/// What makes a request a promise.
pub(super) const ACCEPT: &[&str] = &[
    "yes", "yeah", "yep", "sure", "ok|okay", "of course", "no problem", "will do", "certainly", "absolutely",
    "i will ?do", "i can", "on it", "happy to", "gladly", "fine", "all right", "alright", "consider it done",
    "i would be",
];

/// What takes on a task that has no owner yet.
pub(super) const TAKE: &[&str] = &[
    "i will take ?care ?of that|it|this|care", "i will do that|it|this", "i can do|take|handle that|it|this|care",
    "let me do|take|handle that|it|this", "i will handle that|it|this", "i will take care of that|it|this",
];

/// What leaves a question open; the words after it are the question.
pub(super) const OPEN: &[&str] = &[
    "we ?still do not ?yet|really know|understand", "i|we ?still have no idea",
    "it is|remains ?still ?completely unclear|unknown|uncertain|undecided",
    "it is ?still not ?yet clear|known|decided",
    "the|an|one|another|our ?main ?last ?remaining open question is|remains",
    "open|unresolved question|issue|point ?is", "nobody|no one ?here ?really knows",
    "we ?still need|have to figure|find out", "we ?still need|have to clarify|decide|understand|determine",
    "we ?still have not ?yet decided|agreed|determined|resolved|settled ?on|upon", "we are ?still not ?yet sure",
    "we have still|yet not|to decided|decide|agreed|agree|resolved ?on", "it has not ?yet been decided|agreed",
    "?it is|remains still open", "still unclear|open ?is", "what is|remains ?still unclear|open is",
];

/// What leaves open what was just asked.
pub(super) const LEFT_OPEN: &[&str] = &[
    "that|this|the question|issue|one|point is|remains|stays ?still ?for ?now open|unresolved|undecided",
    "that|this is|remains|stays ?still open|unresolved|undecided",
    "let's|we ?will come|get|go back|return to this|that|it",
    "let's|we ?will ?have ?to leave this|that|it ?question open", "we ?will ?have ?to return to this|that|it",
    "?let's park this|that|it ?question|one", "let's|we ?will discuss this|that|it next|later", "tbd",
    "to be decided|determined|discussed|clarified|confirmed",
    "we ?will decide|settle|discuss that|this|it later|next|separately", "that|this needs more discussion",
    "no decision ?on ?that ?this yet",
];

/// An answer that is none.
pub(super) const NO_ANSWER: &[&str] = &[
    "i ?really do not know", "we do not know", "do not know", "no idea", "good question", "not sure",
    "i am not ?really sure", "nobody knows", "hard to say", "not ?yet clear", "unclear", "not decided", "we will see",
    "difficult to say", "no answer", "nobody ?yet",
];

/// What announces an item of the agenda; its title follows.
pub(super) const AGENDA: &[&str] = &[
    "?the ?our ?very first|second|third|fourth|fifth|sixth|seventh|next|last|final agenda|main item|point|topic|subject ?of|on|for ?the|our|today|today's ?agenda|list|meeting|today ?today ?is|concerns",
    "?the ?our ?very first|second|third|fourth|fifth|sixth|seventh|next|last|final item|point|topic|subject|issue ?of|on|for ?the|our|today|today's ?agenda|list|meeting|today ?today ?is|concerns",
    "agenda|our item|point ?number one|two|three|four|five|1|2|3|4|5 ?is",
    "item|topic|point|number ?number one|two|three|four|five|1|2|3|4|5 ?is",
    "first|second|third|next|last|finally ?up ?on ?the ?our ?agenda is", "next up ?is",
    "?let's ?now move|moving|go ?now on ?now to", "?let us ?now move on to", "?let's ?now turn ?now to",
    "?let's ?now start|begin ?today with", "?let us ?now start|begin with", "now on to",
    "i would like to ?now start|begin with", "i would like to ?now move|come|turn on ?to",
    "we ?will start|begin ?today with", "moving to", "we ?will ?now move|turn|come ?on ?now to",
    "?let's ?now discuss|talk ?about ?now ?about",
];

/// Titles that name nothing.
pub(super) const NO_TITLE: &[&str] = &[
    "you", "it", "that", "this", "the meeting", "the next|first|second|third|last|final ?agenda ?item|topic|point",
    "next|first|second|third|last ?item|topic|point", "me", "an|a ?quick ?short update|introduction|round",
    "the status ?update", "introductions",
];

/// Announcements a new clause begins with, where the full stop is missing.
pub(super) const STARTS: &[&str] = &[
    "we ?have ?also ?all agreed|decided to|that", "it was|is decided|agreed to|that",
    "?and the next|first|second|third|last|final item|topic|point ?on ?the ?agenda is", "let's go with",
    "let's move on to",
    "i will ?also prepare|write|send|fix|check|draft|review|update|finish|organise|organize|call|contact|arrange|book|create|collect|test|ask|order|schedule|set",
    "are there any questions", "the next meeting is", "that is all", "yes of course", "no problem",
    "i propose|suggest", "i think we", "thank you", "good morning everyone", "we still do not know", "action item",
    "the meeting is",
];

/// After these a clause depends on what stands before it.
pub(super) const BLOCKERS: &[&str] = &[
    "if", "that", "when", "because", "what", "who", "since", "unless", "time", "think", "hope", "or", "whether",
    "maybe", "until", "while", "where", "said", "say", "sure", "know", "believe", "week", "month", "meeting", "once",
    "as", "not", "did", "have", "had", "assuming", "suppose", "ask", "asked", "to", "for", "with", "of", "by", "the",
    "agreed", "decided", "let", "so", "after", "before", "remember", "and", "wish",
];

/// Words a sentence can't end with.
pub(super) const HANGING: &[&str] = &[
    "to", "the", "a", "an", "and", "of", "for", "by", "with", "at", "from", "our", "will", "is", "are", "that", "or",
    "in",
];

/// Whether a verb of work.
pub(super) fn is_task_verb(norm: &str) -> bool {
    TASK_VERBS.split_whitespace().any(|v| v == norm)
}

/// The base form of the third person of a verb of work: "prepares" → "prepare".
pub(super) fn task_verb_of(norm: &str) -> Option<String> {
    let stem = norm.strip_suffix('s')?;
    let candidates = [Some(stem.to_string()), norm.strip_suffix("es").map(str::to_string), norm.strip_suffix("ies").map(|s| format!("{s}y"))];
    candidates.into_iter().flatten().find(|c| is_task_verb(c))
}

/// Words that begin English sentences with a capital and name nobody.
pub(super) fn is_function(norm: &str) -> bool {
    const WORDS: &str = "i we you he she it they this that these those there the a an my our your his her its their who what when \
        where why how which everyone everybody someone somebody nobody nothing something all both each some any \
        many most another other one two three four five six seven eight nine ten if unless because since while \
        after before until once as at by for from in into of off on onto out over to under up with without about \
        between during and or but so yet nor not no yes please thank thanks hello hi hey goodbye bye good great \
        nice ok okay well sure right fine then now today tomorrow yesterday monday tuesday wednesday thursday \
        friday saturday sunday january february march april may june july august september october november \
        december is are was were be been am do does did has have had can could will would shall should may might \
        must let let's maybe perhaps also just only still already first second third next last final testing \
        development marketing sales finance engineering management support design legal hr it product deployment \
        training customers clients users people team teams customer client vendor supplier contractor release \
        website app server system budget meeting project agenda decision action work colleagues folks guys morning \
        afternoon here however actually finally unfortunately sorry agreed done english russian never";
    WORDS.split_whitespace().any(|w| w == norm) || norm.ends_with("ing") || norm.ends_with("tion") || norm.ends_with("ment") || norm.ends_with("ness") || norm.starts_with(|c: char| c.is_ascii_digit())
}
