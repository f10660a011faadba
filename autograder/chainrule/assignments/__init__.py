"""The assignments that come with chainrule: a folder each, with everything of it that is not for students."""
