"""One reader a layout: `read(lines, settings)` takes text in and gives tables out."""
