'use strict';
/* Keeps running work up to date, and loads the page again when it has ended. The page works without. */

(() => {
  const SECONDS = 1;

  async function look(element) {
    const answer = await fetch(`/train/jobs/${element.dataset.job}`, { headers: { accept: 'application/json' } });
    if (!answer.ok) return element;
    const { state, html } = await answer.json();
    if (state !== 'running') {
      location.reload();
      return null;
    }
    const [fresh] = elements(html);
    // The button that may have the focus stays; what changes is the line and the bar.
    for (const part of ['[role=status]', 'progress']) {
      const [old, now] = [one(part, element), one(part, fresh)];
      if (old.outerHTML !== now.outerHTML) old.replaceWith(now);
    }
    return element;
  }

  async function watch(element) {
    for (let there = element; there;) {
      await new Promise((done) => setTimeout(done, SECONDS * 1000));
      try {
        there = await look(there);
      } catch {
        // The console is away for a moment; the job goes on.
      }
    }
  }

  for (const element of all('[data-job][data-state=running]')) watch(element);
  const soon = one('[data-reload]');
  if (soon) setTimeout(() => location.reload(), Number(soon.dataset.reload) * 1000);
})();
