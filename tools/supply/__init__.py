"""What is shipped: which packages, under which licences, as a list for people and a bill of materials for machines."""
