"""After a submission ran: results on disk, points in the gradebook."""
