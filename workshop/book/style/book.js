// Escape takes away the glossary's sentence, until the pointer or the focus moves on.
const page = document.documentElement;
addEventListener("keydown", (event) => { if (event.key === "Escape") page.classList.add("no-tips"); });
for (const moved of ["pointerover", "focusin"]) addEventListener(moved, () => page.classList.remove("no-tips"));
// What is folded is printed unfolded, and folded again.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const details of opened) details.open = true;
});
addEventListener("afterprint", () => { for (const details of opened) details.open = false; });
