"""What editors complete and show: asked of jedi (IPython, Jupyter, Spyder) and of a pyright language server."""
