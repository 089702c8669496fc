"""From declarations to SQL, schemas and views."""
