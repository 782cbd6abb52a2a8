/**
 * Every text of the widget, in each language.
 *
 * A value is a text, or a function of what varies: `n` a count, `name` a person's name,
 * `title` the shop's name or a button's title.
 */

const en = {
  open: 'Open chat',
  close: 'Close chat',
  unread: (n) => (n === 1 ? '1 unread message' : `${n} unread messages`),
  chatWith: (title) => `Chat with ${title}`,
  language: 'Language',
  conversation: 'Conversation',

  bot: 'Chatbot',
  botHint: 'Replies right away',
  person: 'Person',
  customerService: 'Customer service',

  greeting: 'Hi! How can I help?',
  introduction: (title) =>
    `I’m the chatbot at ${title}. I answer most questions right away, and you can ask for a person at any time.`,
  starters: [
    'Where is my order?',
    'How do I return something?',
    'What does delivery cost?',
    'I’d like to talk to a person',
  ],

  requested: 'Finding a person for you…',
  delivered: 'Customer service has your question. A person will answer you here.',
  accepted: (name) => `${name} has joined the chat`,
  acceptedUnnamed: 'A person from customer service has joined the chat',

  offline: 'No connection right now. We’ll keep trying, and what you write is saved.',
  online: 'Connected again',

  you: 'You',
  assistant: 'Assistant',
  notice: 'Notice',
  botTyping: 'The assistant is typing',
  personTyping: (name) => `${name} is typing`,
  options: 'Options',
  chosen: (title) => `You chose: ${title}`,
  optionsClosed: 'These options can no longer be chosen',
  source: 'Source',
  newTab: 'opens in a new tab',
  sending: 'Sending…',
  notSent: 'Your message was not sent.',
  retry: 'Try again',
  remove: 'Remove',
  newMessages: (n) => (n === 1 ? '1 new message' : `${n} new messages`),

  suggestions: 'Articles that may help',
  suggestionKeys: 'Choose with the arrow keys, open with Enter',

  attach: 'Attach a file',
  files: 'Attached files',
  removeFile: (name) => `Remove ${name}`,
  uploading: 'Uploading…',
  fileTooLarge: (n) => `Too large: ${n} MB is the most.`,
  tooManyFiles: (n) => (n === 1 ? 'One file at a time.' : `${n} files at a time at most.`),
  fileFailed: 'That did not work. Remove it and try again.',
  dropHere: 'Drop your files here',
  file: 'File',

  message: 'Your message',
  placeholder: 'Write a message…',
  keys: 'Enter sends, Shift+Enter starts a new line',
  send: 'Send',
  left: (n) => (n === 1 ? '1 character left' : `${n} characters left`),
  over: (n) => (n === 1 ? '1 character too many' : `${n} characters too many`),
};

const sv = {
  open: 'Öppna chatten',
  close: 'Stäng chatten',
  unread: (n) => (n === 1 ? '1 oläst meddelande' : `${n} olästa meddelanden`),
  chatWith: (title) => `Chatt med ${title}`,
  language: 'Språk',
  conversation: 'Konversation',

  bot: 'Chattbot',
  botHint: 'Svarar direkt',
  person: 'Medarbetare',
  customerService: 'Kundtjänst',

  greeting: 'Hej! Vad kan jag hjälpa dig med?',
  introduction: (title) =>
    `Jag är chattboten på ${title}. Jag svarar direkt på de flesta frågor, och du kan när som helst be att få prata med en människa.`,
  starters: [
    'Var är min beställning?',
    'Hur gör jag en retur?',
    'Vad kostar frakten?',
    'Jag vill prata med en människa',
  ],

  requested: 'Vi kopplar in en medarbetare …',
  delivered: 'Kundtjänst har fått din fråga. En medarbetare svarar dig här.',
  accepted: (name) => `${name} är med i chatten nu`,
  acceptedUnnamed: 'En medarbetare från kundtjänst är med i chatten nu',

  offline: 'Ingen anslutning just nu. Vi försöker igen, och det du skriver sparas.',
  online: 'Ansluten igen',

  you: 'Du',
  assistant: 'Assistenten',
  notice: 'Information',
  botTyping: 'Assistenten skriver',
  personTyping: (name) => `${name} skriver`,
  options: 'Svarsalternativ',
  chosen: (title) => `Du valde: ${title}`,
  optionsClosed: 'Alternativen går inte längre att välja',
  source: 'Källa',
  newTab: 'öppnas i en ny flik',
  sending: 'Skickar …',
  notSent: 'Meddelandet skickades inte.',
  retry: 'Försök igen',
  remove: 'Ta bort',
  newMessages: (n) => (n === 1 ? '1 nytt meddelande' : `${n} nya meddelanden`),

  suggestions: 'Artiklar som kan hjälpa dig',
  suggestionKeys: 'Välj med piltangenterna, öppna med Enter',

  attach: 'Bifoga en fil',
  files: 'Bifogade filer',
  removeFile: (name) => `Ta bort ${name}`,
  uploading: 'Laddar upp …',
  fileTooLarge: (n) => `För stor: högst ${n} MB går bra.`,
  tooManyFiles: (n) => (n === 1 ? 'En fil åt gången.' : `Högst ${n} filer åt gången.`),
  fileFailed: 'Det gick inte. Ta bort filen och försök igen.',
  dropHere: 'Släpp filerna här',
  file: 'Fil',

  message: 'Ditt meddelande',
  placeholder: 'Skriv ett meddelande …',
  keys: 'Enter skickar, Skift+Enter ger ny rad',
  send: 'Skicka',
  left: (n) => `${n} tecken kvar`,
  over: (n) => `${n} tecken för mycket`,
};

const da = {
  open: 'Åbn chatten',
  close: 'Luk chatten',
  unread: (n) => (n === 1 ? '1 ulæst besked' : `${n} ulæste beskeder`),
  chatWith: (title) => `Chat med ${title}`,
  language: 'Sprog',
  conversation: 'Samtale',

  bot: 'Chatbot',
  botHint: 'Svarer straks',
  person: 'Medarbejder',
  customerService: 'Kundeservice',

  greeting: 'Hej! Hvad kan jeg hjælpe med?',
  introduction: (title) =>
    `Jeg er chatbotten hos ${title}. Jeg svarer på de fleste spørgsmål med det samme, og du kan altid bede om at tale med et menneske.`,
  starters: [
    'Hvor er min ordre?',
    'Hvordan returnerer jeg en vare?',
    'Hvad koster leveringen?',
    'Jeg vil gerne tale med et menneske',
  ],

  requested: 'Vi finder en medarbejder til dig …',
  delivered: 'Kundeservice har fået dit spørgsmål. En medarbejder svarer dig her.',
  accepted: (name) => `${name} er nu med i chatten`,
  acceptedUnnamed: 'En medarbejder fra kundeservice er nu med i chatten',

  offline: 'Ingen forbindelse lige nu. Vi prøver igen, og det, du skriver, bliver gemt.',
  online: 'Forbindelsen er tilbage',

  you: 'Dig',
  assistant: 'Assistenten',
  notice: 'Meddelelse',
  botTyping: 'Assistenten skriver',
  personTyping: (name) => `${name} skriver`,
  options: 'Svarmuligheder',
  chosen: (title) => `Du valgte: ${title}`,
  optionsClosed: 'Mulighederne kan ikke længere vælges',
  source: 'Kilde',
  newTab: 'åbner i en ny fane',
  sending: 'Sender …',
  notSent: 'Beskeden blev ikke sendt.',
  retry: 'Prøv igen',
  remove: 'Fjern',
  newMessages: (n) => (n === 1 ? '1 ny besked' : `${n} nye beskeder`),

  suggestions: 'Artikler, der måske kan hjælpe',
  suggestionKeys: 'Vælg med piletasterne, og åbn med Enter',

  attach: 'Vedhæft en fil',
  files: 'Vedhæftede filer',
  removeFile: (name) => `Fjern ${name}`,
  uploading: 'Uploader …',
  fileTooLarge: (n) => `For stor: den må højst fylde ${n} MB.`,
  tooManyFiles: (n) => (n === 1 ? 'Én fil ad gangen.' : `Højst ${n} filer ad gangen.`),
  fileFailed: 'Det lykkedes ikke. Fjern filen, og prøv igen.',
  dropHere: 'Slip filerne her',
  file: 'Fil',

  message: 'Din besked',
  placeholder: 'Skriv en besked …',
  keys: 'Enter sender, Shift+Enter giver ny linje',
  send: 'Send',
  left: (n) => `${n} tegn tilbage`,
  over: (n) => `${n} tegn for meget`,
};

const nb = {
  open: 'Åpne chatten',
  close: 'Lukk chatten',
  unread: (n) => (n === 1 ? '1 ulest melding' : `${n} uleste meldinger`),
  chatWith: (title) => `Chat med ${title}`,
  language: 'Språk',
  conversation: 'Samtale',

  bot: 'Chatbot',
  botHint: 'Svarer med en gang',
  person: 'Person',
  customerService: 'Kundeservice',

  greeting: 'Hei! Hva kan jeg hjelpe deg med?',
  introduction: (title) =>
    `Jeg er chatboten hos ${title}. Jeg svarer på de fleste spørsmål med en gang, og du kan når som helst be om å få snakke med et menneske.`,
  starters: [
    'Hvor er bestillingen min?',
    'Hvordan returnerer jeg en vare?',
    'Hva koster frakten?',
    'Jeg vil snakke med et menneske',
  ],

  requested: 'Vi finner en medarbeider til deg …',
  delivered: 'Kundeservice har fått spørsmålet ditt. En medarbeider svarer deg her.',
  accepted: (name) => `${name} er med i chatten nå`,
  acceptedUnnamed: 'En medarbeider fra kundeservice er med i chatten nå',

  offline: 'Ingen forbindelse akkurat nå. Vi prøver igjen, og det du skriver, blir lagret.',
  online: 'Forbindelsen er tilbake',

  you: 'Du',
  assistant: 'Assistenten',
  notice: 'Informasjon',
  botTyping: 'Assistenten skriver',
  personTyping: (name) => `${name} skriver`,
  options: 'Svaralternativer',
  chosen: (title) => `Du valgte: ${title}`,
  optionsClosed: 'Alternativene kan ikke lenger velges',
  source: 'Kilde',
  newTab: 'åpnes i en ny fane',
  sending: 'Sender …',
  notSent: 'Meldingen ble ikke sendt.',
  retry: 'Prøv igjen',
  remove: 'Fjern',
  newMessages: (n) => (n === 1 ? '1 ny melding' : `${n} nye meldinger`),

  suggestions: 'Artikler som kan hjelpe deg',
  suggestionKeys: 'Velg med piltastene, åpne med Enter',

  attach: 'Legg ved en fil',
  files: 'Vedlagte filer',
  removeFile: (name) => `Fjern ${name}`,
  uploading: 'Laster opp …',
  fileTooLarge: (n) => `For stor: høyst ${n} MB går fint.`,
  tooManyFiles: (n) => (n === 1 ? 'Én fil om gangen.' : `Høyst ${n} filer om gangen.`),
  fileFailed: 'Det gikk ikke. Fjern filen og prøv igjen.',
  dropHere: 'Slipp filene her',
  file: 'Fil',

  message: 'Meldingen din',
  placeholder: 'Skriv en melding …',
  keys: 'Enter sender, Shift+Enter gir ny linje',
  send: 'Send',
  left: (n) => `${n} tegn igjen`,
  over: (n) => `${n} tegn for mye`,
};

/** Texts by language code. */
export const STRINGS = { sv, da, nb, en };
