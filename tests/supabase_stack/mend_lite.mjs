// Mends @supabase/lite 0.10.0 while Node loads it, where it answers otherwise than the hosted
// service. A piece that is not found ends the start: another version wants another look.

import { registerHooks } from "node:module";

// https://docs.postgrest.org: "HTTP status codes", for the SQLSTATEs that lite does not know.
globalThis.statusOf = (sqlstate) => {
  if (sqlstate === "P0001") return 400;
  if (/^(08|53)/.test(sqlstate)) return 503;
  if (/^(0L|0P|28)/.test(sqlstate)) return 403;
  if (/^(09|25|2D|38|39|3B|40|54|55|57|58|F0|HV|P0|XX)/.test(sqlstate)) return 500;
  return 400;
};

const MENDED = [
  {
    // A jsonb argument of a function was turned into JSON twice, and arrived as a string.
    file: "/@supabase/lite/dist/db/postgres/PostgresConnection.js",
    from: "jsonb:{to:3802,from:[3802],serialize:t=>JSON.stringify(t)",
    to: "jsonb:{to:3802,from:[3802],serialize:t=>typeof t=='string'?t:JSON.stringify(t)",
  },
  {
    // Check and exclusion constraints, among others, were answered by 500 and no SQLSTATE.
    file: "/@supabase/lite/dist/index.js",
    from: 'T(500,"SUP",String(o),null,null)',
    to:
      "(/^[0-9A-Z]{5}$/.test(o?.code??'')" +
      "?T(statusOf(o.code),o.code,o.message,o.detail??null,o.hint??null)" +
      ':T(500,"SUP",String(o),null,null))',
  },
];

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const mends = MENDED.filter(({ file }) => url.endsWith(file));
    if (mends.length === 0) return loaded;
    let source = String(loaded.source);
    for (const { from, to, file } of mends) {
      if (source.split(from).length !== 2) throw new Error(`nothing to mend in ${file}: ${from}`);
      source = source.replace(from, () => to);
    }
    return { ...loaded, source };
  },
});
