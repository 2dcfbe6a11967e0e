"""How each model file was made: one module a model, run in the reference environment.

`python -m proctoring.models.exporters.ge2e` writes the file anew, and `--check` instead compares
what the package gives with the file that the product ships. Not imported by the product.
"""
