'use strict';
/* Shows how far a running evaluation is; when it ends, the page is loaded anew. */
(() => {
  const panel = document.querySelector('[data-running]');
  if (!panel) return;
  const said = panel.querySelector('[data-said]');
  const bar = panel.querySelector('progress');

  async function look() {
    try {
      const answer = await fetch('/train/evaluation/job', { headers: { accept: 'application/json' } });
      if (answer.ok) {
        const job = await answer.json();
        if (job.state !== 'running') {
          location.reload();
          return;
        }
        if (said.textContent !== job.said) said.textContent = job.said;
        if (job.total) {
          bar.max = job.total;
          bar.value = job.done;
        } else {
          bar.removeAttribute('value');
        }
      }
    } catch {
      /* The console is away for a moment: asked again. */
    }
    setTimeout(look, 1000);
  }
  setTimeout(look, 1000);
})();
