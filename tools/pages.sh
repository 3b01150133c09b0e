#!/bin/sh
# Tests that pages can be read on a phone and on a desktop: nothing is wider than the
# window unless it scrolls in its own box, the words of pictures are not too small,
# pictures have alternative text, and nothing comes from the network.
#
#   tools/pages.sh           the vignettes, rendered for this, and site/ if it is there
#   tools/pages.sh DIR ...   all pages below these directories
#
# Exit status 1: a page has a fault; 3: there is no Chromium here.
set -eu
cd "$(dirname "$0")/.."
for browser in chromium chromium-browser google-chrome ''; do
  command -v "$browser" >/dev/null 2>&1 && break
done
if [ -z "$browser" ]; then
  echo 'pages: Chromium is not installed here'
  exit 3
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# = 0 ]; then
  Rscript -e '
    for (file in Sys.glob("vignettes/*.Rmd")) {
      cat("pages: rendering", file, "\n")
      rmarkdown::render(file, output_dir = commandArgs(TRUE), quiet = TRUE,
                        intermediates_dir = tempfile())
    }' "$work/vignettes"
  set -- "$work/vignettes"
  [ ! -d site ] || set -- "$@" site
fi

# Each page is shown in two frames, as wide as a phone and as a desktop, and reports what
# it finds to the page around them: so the browser starts only once.
count=0
for folder in "$@"; do
  copy=$work/pages/$((count += 1))
  mkdir -p "$work/pages"
  cp -R "$folder" "$copy"
  # Not R's own index of vignettes.
  find "$copy" -name '*.html' -exec grep -L 'Rlogo.svg' {} + | sort >>"$work/list"
done
while read -r page; do
  { echo '<script>'; cat tools/pages.js; echo '</script>'; } >>"$page"
done <"$work/list"
{
  cat <<'END'
<!DOCTYPE html><meta charset="utf-8"><body><pre></pre><script>
  const report = (line) => document.querySelector("pre").append(line + "\n");
  addEventListener("message", (event) => {
    const frame = [...document.querySelectorAll("iframe")]
      .find((frame) => frame.contentWindow === event.source);
    const page = frame.src.replace(/.*\/pages\/[0-9]+\//, "");
    report("\nread: " + page);
    event.data.forEach((fault) => report(`fault: ${page}, ${frame.width} px: ${fault}`));
  });
</script>
END
  while read -r page; do
    for width in 390 1200; do
      echo "<iframe src='file://$page' width='$width' height='900'></iframe>"
    done
  done <"$work/list"
} >"$work/all.html"
# Root has no sandbox.
"$browser" --headless --no-sandbox --disable-gpu --virtual-time-budget=60000 \
  --user-data-dir="$work/profile" --dump-dom "file://$work/all.html" \
  >"$work/dom" 2>"$work/log" || { cat "$work/log"; exit 1; }

pages=$(wc -l <"$work/list")
read=$(grep -c '^read: ' "$work/dom" || true)
sed -n 's/^fault: //p' "$work/dom" | sed 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g'
echo "pages: $pages tested, at 390 and 1200 px"
if [ "$pages" = 0 ] || [ "$read" != $((2 * pages)) ]; then
  echo "pages: only $read of $((2 * pages)) frames were read"
  exit 1
fi
! grep -q '^fault: ' "$work/dom"
