/** The whole style sheet; media queries last, since they overrule. */
import base from './base.css';
import composer from './composer.css';
import conversation from './conversation.css';
import files from './files.css';
import launcher from './launcher.css';
import media from './media.css';
import message from './message.css';
import panel from './panel.css';
import suggestions from './suggestions.css';

export const css = [base, launcher, panel, conversation, message, suggestions, composer, files, media].join(
  '',
);
