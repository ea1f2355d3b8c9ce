"""What an LMS hands out, sorted into submitted/STUDENT/ASSIGNMENT/.

tree: the files of a folder or an archive, safely. layouts: whose each is. people: the roster.
choose: which of a student's files count. collect: all of it, and an account of every file.
"""
