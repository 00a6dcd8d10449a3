/** Pages of plain HTML: they work without scripts, and load nothing from elsewhere. */

const style = `
  body { font: 16px/1.5 system-ui, sans-serif; margin: 0; background: #f4f5f7; color: #1a1d21 }
  main { max-width: 22rem; margin: 10vh auto; padding: 2rem; background: #fff; border-radius: 8px }
  h1 { font-size: 1.3rem; margin-top: 0 }
  label { display: block; margin: 1rem 0 .25rem }
  input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; border: 1px solid #767b83; border-radius: 4px }
  button { font: inherit; margin: 1.5rem .5rem 0 0; padding: .5rem 1.25rem; border: 0; border-radius: 4px; background: #0b57d0; color: #fff }
  button.second { background: #fff; color: #0b57d0; border: 1px solid #0b57d0 }
  .wrong { color: #b3261e }
  code { font-size: 1.4rem; letter-spacing: .1em }`;

/** @param content - HTML; whatever comes from outside is escaped by whoever puts it in. */
export function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(title)} - Causeway</title><style>${style}</style></head>
<body><main><h1>${escaped(title)}</h1>${content}</main></body>
</html>`;
}

export function loginPage(action: string, wrong: boolean): string {
  const complaint = wrong
    ? `<p class="wrong" role="alert">There is no such account, or the password is another. The terminal of npm start shows both.</p>`
    : "";
  return page(
    "Log in",
    `${complaint}<form method="post" action="${escaped(action)}">
  <label for="name">Account</label><input id="name" name="name" autocomplete="username" autofocus required>
  <label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required>
  <button>Log in</button>
</form>`,
  );
}

export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
