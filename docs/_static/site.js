// Two pictures become one with a slider. Without this script, they lie side by side.
for (const box of document.querySelectorAll(".before-after")) {
  const range = document.createElement("input");
  Object.assign(range, { type: "range", min: 0, max: 100, value: 50 });
  range.setAttribute("aria-label", "How much of the photograph to show, in percent");
  range.addEventListener("input", () => box.style.setProperty("--split", `${range.value}%`));
  box.append(range);
  box.classList.add("with-slider");
}

// Rows of pictures keep a readable width on narrow screens, where they scroll.
for (const image of document.querySelectorAll("article p > img")) {
  const mark = () => {
    const { naturalWidth: width, naturalHeight: height } = image;
    image.classList.toggle("wide", width > 2.5 * height || width > 1500);
  };
  image.addEventListener("load", mark);
  mark();
}

// Long class names break between words.
for (const link of document.querySelectorAll(".cards strong a")) {
  link.innerHTML = link.innerHTML.replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, "<wbr>");
}
