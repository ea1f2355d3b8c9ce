"""Sort the download of an LMS into submitted/STUDENT/ASSIGNMENT/.

tree: read the files of a folder or archive safely. layouts: whose each file is. people: match the
roster. choose: which of a student's files count. collect: all of it, with an account of every file.
"""
