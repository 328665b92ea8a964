// Panels without a kernel: a slider for each control moves between stored states. Without this script the picture stays.
for (const panel of document.querySelectorAll(".panel")) {
  const shown = panel.closest(".cell_output").firstElementChild, picture = shown.querySelector("img");
  const folder = document.documentElement.dataset.content_root + "_static/panels/" + panel.dataset.lesson + "/";
  const form = document.createElement("fieldset"), line = document.createElement("output");
  form.innerHTML = "<legend>Move one control: the others go back to where they began. In the notebook they move together.</legend>";
  const sliders = JSON.parse(panel.dataset.states).map(({ label, values, start, states }) => {
    const row = document.createElement("label"), slider = document.createElement("input"), value = document.createElement("span");
    Object.assign(slider, { type: "range", min: 0, max: values.length - 1 });
    const moveTo = (place) => {
      slider.value = place;
      value.textContent = values[place];
      slider.setAttribute("aria-valuetext", values[place]);
      return states[place];
    };
    slider.addEventListener("input", () => {
      for (const other of sliders) if (other.slider !== slider) other.moveTo(other.start);
      show(moveTo(slider.value));
    });
    row.append(label, slider, value);
    form.append(row);
    return { slider, start, moveTo };
  });
  function show({ text, picture: file, html }) {
    line.textContent = text;
    if (html) shown.innerHTML = html;
    else [picture.src, picture.alt, picture.closest("a").href] = [folder + file, text, folder + file];
  }
  line.textContent = sliders.map(({ start, moveTo }) => moveTo(start).text)[0];
  panel.closest(".cell_output").prepend(form);
  panel.append(line);
}
