// Hands a link over. Copying works without https too, where the Clipboard API is off.

async function copy(input) {
  input.select();
  try {
    await navigator.clipboard.writeText(input.value);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}

export default function ({ data, parentElement: root }) {
  const find = (selector) => root.querySelector(selector);
  const input = find("input");
  if (data.first && !input.value) document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  find(".share").classList.toggle("quiet", data.quiet);
  find("figure").hidden = !data.qr;
  find("h2").textContent = data.title;
  find(".note").textContent = data.note;
  input.value = data.link;
  input.onfocus = () => input.select();
  find(".open").textContent = data.open;
  find(".open").href = data.link;
  find(".qr").innerHTML = data.qr; // SVG that the server drew
  find(".qr").setAttribute("aria-label", `QR code of this link: ${data.title}`);
  find(".copy").onclick = async () => {
    const isCopied = await copy(input);
    find(".done").textContent = isCopied ? "✓ Copied" : "Copying is off in this browser: the link is selected, press Ctrl+C.";
  };
}
