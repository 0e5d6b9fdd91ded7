"""The website widget: a web component in plain ES modules, and how they are served."""
