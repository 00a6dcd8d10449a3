/** A browser without scripts: keeps cookies, follows redirects, fills in forms. */
export class Browser {
  readonly #cookies = new Map<string, string>();
  readonly #maxAges = new Map<string, number>();

  get cookieHeader(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** For how many seconds it was told to keep a cookie. */
  maxAgeOf(name: RegExp): number | undefined {
    const found = [...this.#cookies.keys()].find((one) => name.test(one));
    return found === undefined ? undefined : this.#maxAges.get(found);
  }

  /** Follows redirects until a page, or until one leads to `stopAt`; answers with where it ended. */
  async open(
    url: string,
    init: { method?: string; body?: URLSearchParams } = {},
    stopAt?: string,
  ): Promise<{ url: string; status: number; html: string }> {
    let next = { url, init };
    for (let hops = 0; hops < 20; hops += 1) {
      if (stopAt !== undefined && next.url.startsWith(stopAt)) {
        return { url: next.url, status: 0, html: "" };
      }
      const answer = await fetch(next.url, {
        ...next.init,
        redirect: "manual",
        headers: { cookie: this.cookieHeader, accept: "text/html" },
      });
      this.#keep(answer);
      const location = answer.headers.get("location");
      if (location === null) {
        return { url: next.url, status: answer.status, html: await answer.text() };
      }
      next = { url: new URL(location, next.url).href, init: {} };
    }
    throw new Error(`too many redirects from ${url}`);
  }

  /** Sends a page's form with what it hides and what is filled in. */
  async submit(
    page: { url: string; html: string },
    filled: Record<string, string>,
    stopAt?: string,
  ): Promise<{ url: string; status: number; html: string }> {
    const [, action] = /<form[^>]*action="([^"]+)"/.exec(page.html) ?? [];
    if (action === undefined) throw new Error(`no form at ${page.url}: ${page.html}`);
    const hidden = [...page.html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
    const body = new URLSearchParams([
      ...hidden.map(([, name = "", value = ""]) => [name, value] as [string, string]),
      ...Object.entries(filled),
    ]);
    const url = new URL(action.replaceAll("&amp;", "&"), page.url).href;
    return this.open(url, { method: "POST", body }, stopAt);
  }

  #keep(answer: Response): void {
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
      const [, seconds] = /; Max-Age=(\d+)/i.exec(line) ?? [];
      if (seconds !== undefined) this.#maxAges.set(name, Number(seconds));
    }
  }
}
