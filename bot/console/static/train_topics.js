'use strict';
/* The page of topics: what the intent that is made of one will be called. The page works without it. */

for (const topic of all('.topic form')) prepareName(one('[name=name]', topic), one('.called', topic));
